# frozen_string_literal: true

# What Rails is to GitLab's files, as far as they ask.
module Rails
  class << self
    attr_accessor :root

    def env
      ActiveSupport::StringInquirer.new('test')
    end
  end
end

# A correlation ID of its own, as each request has.
module Labkit
  module Correlation
    module CorrelationId
      def self.current_id
        'correlation'
      end
    end
  end
end

# One tree of generated files, GitLab's own files from a checkout, and stand-ins only where Rails or a service would
# have to run. Zeitwerk takes the first file of a name: the tree's, ours, GitLab's.
class RealApplication
  ROOTS = %w[
    app/models app/models/concerns app/uploaders app/finders app/finders/concerns app/workers app/workers/concerns app/services
    app/services/concerns app/helpers app/policies app/policies/concerns lib
    ee/app/models ee/app/models/concerns ee/app/replicators ee/app/finders ee/app/workers ee/app/workers/concerns
    ee/app/services ee/app/services/concerns ee/app/helpers ee/lib
  ].freeze

  # Of the stand-ins of a checkout, that the real files take the place of.
  REPLACED = %w[ee/lib/gitlab/geo.rb ee/app/workers/geo ee/app/graphql].freeze

  # GitLab's autoloader has spellings of its own; these are the ones on the way.
  module Inflector
    SPELLINGS = { 'sql' => 'SQL', 'cte' => 'CTE' }.freeze

    def self.camelize(basename, _path)
      SPELLINGS.fetch(basename) { basename.camelize }
    end
  end

  # GitLab's shared examples and helpers for Geo.
  SUPPORT = %w[
    ee/spec/support/helpers/ee/geo_helpers.rb
    gems/gitlab-rspec/lib/gitlab/rspec/next_instance_of.rb
    spec/support/matchers/sidekiq_json_matcher.rb
    ee/spec/support/shared_examples/models/geo_verifiable_registry_shared_examples.rb
    ee/spec/support/shared_examples/models/geo_framework_registry_shared_examples.rb
    ee/spec/support/shared_examples/models/geo_framework_selective_sync_examples.rb
    ee/spec/support/shared_examples/models/concerns/replicable_model_shared_examples.rb
    ee/spec/support/shared_examples/models/concerns/replicator_shared_examples.rb
    ee/spec/support/shared_examples/models/concerns/verifiable_model_shared_examples.rb
    ee/spec/support/shared_examples/models/concerns/verifiable_replicator_shared_examples.rb
    ee/spec/support/shared_examples/models/concerns/blob_replicator_strategy_shared_examples.rb
    ee/spec/support/shared_examples/models/concerns/repository_replicator_strategy_shared_examples.rb
    ee/spec/support/shared_examples/finders/geo/framework_registry_finder_shared_examples.rb
  ].freeze

  # Those of GraphQL are left out: Debian's graphql is too old for GitLab's types.
  SPECS = %w[ee/spec/models ee/spec/replicators ee/spec/finders].freeze

  # What is in GitLab's schema besides.
  TABLES = <<~SQL
    ALTER TABLE geo_events ADD COLUMN created_at timestamptz;
    ALTER TABLE geo_nodes ADD COLUMN url text DEFAULT 'http://localhost' NOT NULL,
      ADD COLUMN enabled boolean DEFAULT true NOT NULL,
      ADD COLUMN minimum_reverification_interval integer DEFAULT 90 NOT NULL;
    ALTER TABLE users ADD COLUMN admin boolean DEFAULT false NOT NULL;
    CREATE TABLE geo_event_log (
      id bigserial PRIMARY KEY, created_at timestamptz, geo_event_id bigint REFERENCES geo_events ON DELETE CASCADE,
      cache_invalidation_event_id bigint
    );
  SQL

  class << self
    attr_accessor :checkout, :tree, :type
  end

  def initialize(checkout, tree)
    @checkout = self.class.checkout = checkout
    @tree = self.class.tree = tree
    self.class.type = JSON.parse(File.read(File.join(tree, 'type.json')))
    Rails.root = Pathname(checkout)
    $LOAD_PATH.unshift(File.join(checkout, 'gems/gitlab-utils/lib'))
  end

  def inflect
    [@checkout, @tree].each do |base|
      Kernel.load(File.join(base, 'config/initializers_before_autoloader/000_inflections.rb'))
    end
  end

  def connect(databases, server)
    configuration = lambda do |name|
      { adapter: 'postgresql', host: server.fetch('host'), username: server.fetch('user'),
        database: databases.fetch(name), min_messages: 'warning' }
    end
    ENV['RAILS_ENV'] = 'test'
    ActiveRecord::Base.configurations = { test: { primary: configuration.call('main'), geo: configuration.call('geo') } }
    ActiveRecord::Base.establish_connection(:primary)
    ActiveRecord::Base.connection.execute(TABLES)
  end

  def load
    require File.join(@checkout, 'config/initializers/0_inject_enterprise_edition_module.rb')
    require_relative 'rails72'
    require_relative 'gitlab'
    require_relative 'translation'
    require_relative '../standins/lib/object_storage'
    require_relative '../standins/lib/object_storage/concern'
    loader = Zeitwerk::Loader.new
    loader.inflector = Inflector
    loader.ignore(*REPLACED.map { |path| File.join(@tree, path) })
    standins = File.join(File.dirname(__dir__), 'standins/edition_18/app/models')
    loader.ignore(File.join(standins, 'geo_node.rb'), File.join(standins, 'project.rb'), File.join(standins, 'geo'), File.join(standins, 'concerns'))
    loader.push_dir(standins)
    loader.push_dir(File.join(File.dirname(__dir__), 'standins/app/models/organizations'), namespace: Organizations)
    [@tree, __dir__, @checkout].product(ROOTS).each do |base, root|
      folder = File.join(base, root)
      loader.push_dir(folder) if File.directory?(folder)
    end
    loader.setup
    # Only from here the circle of constants can be entered. Redis, where GitLab caches, does not run.
    Gitlab::Geo.define_singleton_method(:cache_value) { |*, **, &block| block.call }
  end

  def specs
    SPECS.flat_map { |folder| Dir[File.join(@tree, folder, '**/*_spec.rb')].sort }
  end
end

module Organizations; end
