# frozen_string_literal: true

# Feature flags: off unless stubbed, and unknown without a definition.
class Feature
  UnknownFlag = Class.new(StandardError)
  KEYS = %w[
    name description feature_issue_url introduced_by_url rollout_issue_url milestone group type default_enabled
  ].freeze

  class << self
    def enabled?(key, type: :development)
      definition = definition_of(key.to_s, type)
      states.fetch(key.to_s) { definition.fetch('default_enabled') }
    end

    def states
      @states ||= {}
    end

    private

    def definition_of(key, type)
      path = File.join(Application.tree, 'ee/config/feature_flags', type.to_s, "#{key}.yml")
      raise UnknownFlag, key unless File.exist?(path)

      definition = YAML.safe_load(File.read(path))
      raise UnknownFlag, "#{path}: keys #{definition.keys}" unless definition.keys == KEYS
      raise UnknownFlag, "#{path} defines #{definition['name']}" unless definition['name'] == key
      raise UnknownFlag, "#{path} is of type #{definition['type']}" unless definition['type'] == type.to_s
      raise UnknownFlag, "#{path} has no group" unless definition['group'].to_s.start_with?('group::')
      raise UnknownFlag, "#{path} is on before its release" unless definition['default_enabled'] == false

      definition
    end
  end
end
