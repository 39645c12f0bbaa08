# frozen_string_literal: true

require_relative '../both_databases'

TestProf::BeforeAll.adapter = BothDatabases
TestProf::LetItBe.configure { |config| config.alias_to(:let_it_be_with_refind, refind: true) }

module GeoHelpers
  def registry_factory_of(registry_class)
    registry_class.name.underscore.tr('/', '_').to_sym
  end

  def model_factory_of(model_class)
    model_class.name.underscore.tr('/', '_').to_sym
  end

  def stub_feature_flags(states)
    states.each { |key, state| Feature.states[key.to_s] = state }
  end

  def stub_primary_site
    Gitlab::Geo.primary = true
  end

  # Only for the example: `allow` cannot outlive it.
  def stub_object_storage_uploader(config:, uploader:, enabled: true)
    raise ArgumentError, "#{config} is not of #{uploader}" unless config == uploader.object_store_options

    allow(uploader).to receive(:object_storage_enabled).and_return(enabled)
  end

  # Whether the type is one of edition 18, or of one that builds on it.
  def edition_18?
    Application.since?(18)
  end

  # Whether the model is a class that exists for Geo alone, through which nothing is written.
  def own_class?
    type.fetch('parent_table').present?
  end

  # The spellings of the type under test.
  def type
    Application.type
  end
end

module EE
  module GeoHelpers
    def stub_current_geo_node(node)
      allow(::Gitlab::Geo).to receive(:current_node).and_return(node)
    end
  end
end

# What the tree has of GitLab's helpers.
Dir[File.join(Application.tree, 'spec/support/helpers/*.rb')].each { |path| require path }

RSpec.configure do |config|
  config.include Shoulda::Matchers::ActiveRecord
  config.include Shoulda::Matchers::ActiveModel
  config.include StubObjectStorage if defined?(StubObjectStorage)
  config.include FactoryBot::Syntax::Methods
  config.include GeoHelpers
  config.expose_dsl_globally = false
  config.raise_errors_for_deprecations!

  config.around do |example|
    BothDatabases.begin_transaction
    Feature.states[type.fetch('replication_flag')] = true
    example.run
  ensure
    Feature.states.clear
    Gitlab::Geo.primary = false
    BothDatabases.rollback_transaction
  end
end

Dir[File.join(__dir__, 'support/*.rb')].sort.each { |path| require path }
