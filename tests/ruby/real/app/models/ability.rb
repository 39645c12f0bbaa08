# frozen_string_literal: true

# GitLab's policy in one line: an administrator in admin mode may read all of Geo.
class Ability
  class << self
    attr_accessor :admin_mode

    def allowed?(user, ability, _subject = :global)
      raise ArgumentError, "#{ability} is not of Geo" unless ability == :read_all_geo

      user.admin? && admin_mode == true
    end
  end
end
