# frozen_string_literal: true

require_relative '../../standins/both_databases'

require 'active_support/testing/time_helpers'
TestProf::BeforeAll.adapter = BothDatabases
TestProf::LetItBe.configure { |config| config.alias_to(:let_it_be_with_refind, refind: true) }

# What GitLab's specs have of its helpers, without what these would load.
module SpecHelpers
  def stub_feature_flags(states)
    states.each { |key, state| Feature.states[key.to_s] = state }
  end

  # Only for the example: `allow` cannot outlive it.
  def stub_object_storage_uploader(config:, uploader:, enabled: true)
    raise ArgumentError, "#{config} is not of #{uploader}" unless config == uploader.object_store_options

    allow(uploader).to receive(:object_storage_enabled).and_return(enabled)
  end
end

module FixtureFiles
  def fixture_file_upload(path)
    File.join(RealApplication.checkout, path)
  end
end

RealApplication::SUPPORT.each { |path| require File.join(RealApplication.checkout, path) }
Dir[File.join(RealApplication.tree, 'spec/support/helpers/*.rb')].each { |path| require path }

FactoryBot.definition_file_paths = [
  File.join(__dir__, 'factories'),
  File.join(RealApplication.tree, 'ee/spec/factories')
]
FactoryBot::SyntaxRunner.include(FixtureFiles)
FactoryBot.find_definitions

RSpec.configure do |config|
  config.include Shoulda::Matchers::ActiveRecord
  config.include Shoulda::Matchers::ActiveModel
  config.include StubObjectStorage if defined?(StubObjectStorage)
  config.include FactoryBot::Syntax::Methods
  config.include EE::GeoHelpers
  config.include NextInstanceOf
  config.include SpecHelpers
  config.include ActiveSupport::Testing::TimeHelpers

  config.around do |example|
    BothDatabases.begin_transaction
    Gitlab::Geo.clear_memoization(:secondary_nodes)
    Gitlab::Geo.clear_memoization(:current_node)
    Ability.admin_mode = example.metadata[:enable_admin_mode]
    example.run
  ensure
    Feature.states.clear
    BothDatabases.rollback_transaction
  end
end
