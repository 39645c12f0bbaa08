# frozen_string_literal: true

# A record with a Git repository, in a pool as long as nobody says otherwise.
module WithRepository
  def repository
    @repository ||= Repository.new("#{self.class.table_name}/#{id}.git")
  end

  def pool_repository
    :pool
  end
end
