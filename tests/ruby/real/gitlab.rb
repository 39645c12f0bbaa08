# frozen_string_literal: true

require 'gitlab/utils/all'

# Its configuration, without the files that it is read from. Zeitwerk goes on with what is below these modules.
module Gitlab
  Section = Struct.new(:host)
  Configuration = Struct.new(:gitlab)

  def self.config
    @config ||= Configuration.new(Section.new('localhost'))
  end

  module Database
    def self.has_config?(name)
      ActiveRecord::Base.configurations.configs_for(env_name: 'test', name: name.to_s).present?
    end
  end
end
