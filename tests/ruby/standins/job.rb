# frozen_string_literal: true

require_relative 'database'
require_relative 'application'
require_relative 'specs'

# For factories: the fixtures that GitLab has.
module FixtureFiles
  KNOWN = %w[spec/fixtures/dk.png].freeze

  def fixture_file_upload(path)
    raise ArgumentError, "no #{path}" unless KNOWN.include?(path)

    UploadedFile.new(path)
  end
end

# One tree of generated files, checked layer by layer up to the first that fails.
class Job
  LAYERS = %w[migrate dictionary load factories specs].freeze
  # Not of a tree that `new` made: what then changes its tables.
  ALTERING = %w[migrate alter].freeze
  SECONDS = 60

  # Brief: for a tree whose migrations are known to be good, and of which one failure says enough.
  def initialize(tree:, brief:, databases:, server:)
    @tree = tree
    @brief = brief
    @database = Database.new(tree, databases, server)
    @application = Application.new(tree)
    @result = { 'failed' => nil, 'message' => nil, 'dumps' => {}, 'examples' => {} }
  end

  def run(last)
    layers = last == 'alter' ? ALTERING : LAYERS.first(LAYERS.index(last) + 1)
    layers.each do |layer|
      Timeout.timeout(SECONDS) { public_send(layer) }
    rescue Exception => e # rubocop:disable Lint/RescueException -- a SyntaxError or NotImplementedError is a finding too
      where = e.backtrace.to_a.first(8)
      return @result.merge('failed' => layer, 'message' => [e.class.name, e.message, *where].join("\n"))
    end
    @result
  end

  def migrate
    @application.inflect
    return @database.migrate([:up]) if @brief

    @database.migrate(%i[up down up])
    @result['dumps'] = @database.dumps
  end

  def alter
    @database.alter
    @result['dumps'] = @database.dumps.merge('functions' => @database.functions)
    @database.try
    @database.validate
  end

  def dictionary
    @database.check_dictionary
  end

  def load
    @database.connect
    @application.load
    @application.check_tables
  end

  def factories
    FactoryBot.definition_file_paths = [
      File.join(__dir__, 'spec/factories'),
      *Application.edition_folders.map { |folder| File.join(folder, 'spec/factories') },
      File.join(@tree, 'ee/spec/factories')
    ]
    FactoryBot::SyntaxRunner.include(FixtureFiles)
    FactoryBot.find_definitions
    raise 'a created factory is not defined' if FactoryBot.factories.count < 4

    enable_object_storage
    lint(FactoryBot.factories)
    # On a primary site a record brings its state along, so that a state cannot be created a second time: the reason
    # why GitLab's factories_spec skips it.
    Gitlab::Geo.primary = true
    Feature.states[Application.type.fetch('replication_flag')] = true
    state_factory = Application.type.fetch('state_factory').to_sym
    lint(FactoryBot.factories.reject { |factory| factory.name == state_factory })
    Gitlab::Geo.primary = false
    Feature.states.clear
    enable_object_storage(enabled: false)
  end

  # A trait may store remotely; specs say so themselves.
  def enable_object_storage(enabled: true)
    Application.type.fetch('uploader_class').safe_constantize&.object_storage_enabled = enabled
  end

  def lint(factories)
    FactoryBot.lint(factories, traits: true)
    @database.empty
  end

  def specs
    @result['examples'] = Specs.new(@tree).run(fail_fast: @brief)
  end
end
