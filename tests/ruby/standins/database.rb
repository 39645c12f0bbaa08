# frozen_string_literal: true

require 'open3'
require_relative 'migration'

# The main and the tracking database of one tree.
class Database
  # What the migrations of a type find in GitLab's schema.
  BEFORE = <<~SQL
    CREATE TABLE organizations (id bigserial PRIMARY KEY);
    CREATE TABLE groups (
      id bigserial PRIMARY KEY, parent_id bigint REFERENCES groups, organization_id bigint REFERENCES organizations
    );
    CREATE TABLE projects (
      id bigserial PRIMARY KEY, name text NOT NULL, group_id bigint REFERENCES groups,
      organization_id bigint REFERENCES organizations, repository_storage text DEFAULT 'default' NOT NULL
    );
    CREATE TABLE users (id bigserial PRIMARY KEY);
    CREATE TABLE members (
      id bigserial PRIMARY KEY, user_id bigint REFERENCES users, member_namespace_id bigint REFERENCES groups,
      source_type text, source_id bigint, requested_at timestamptz
    );
    CREATE TABLE organization_users (
      id bigserial PRIMARY KEY, organization_id bigint REFERENCES organizations, user_id bigint REFERENCES users
    );
    CREATE TABLE geo_nodes (
      id bigserial PRIMARY KEY, "primary" boolean NOT NULL, name text NOT NULL, selective_sync_type text,
      sync_object_storage boolean DEFAULT false NOT NULL, group_ids bigint[] DEFAULT '{}' NOT NULL,
      organization_ids bigint[] DEFAULT '{}' NOT NULL, selective_sync_shards text[] DEFAULT '{}' NOT NULL
    );
    CREATE TABLE geo_events (
      id bigserial PRIMARY KEY, replicable_name text NOT NULL, event_name text NOT NULL, payload jsonb NOT NULL
    );
  SQL
  SIDES = {
    'main' => { migrations: 'db/migrate', dictionary: 'db/docs', schema: { 16 => 'gitlab_main', 18 => 'gitlab_main_org' },
                table: 'state_table' },
    'geo' => { migrations: 'ee/db/geo/migrate', dictionary: 'ee/db/geo/docs', schema: { 16 => 'gitlab_geo' },
               table: 'registry_table' }
  }.freeze
  DICTIONARY_KEYS = %w[
    table_name description introduced_by_url milestone feature_categories classes gitlab_schema
  ].freeze

  # Edition 18's beside them; the owner decides whether there is a sharding key.
  MORE_KEYS = %w[table_size sharding_key desired_sharding_key].freeze

  def initialize(tree, databases, server)
    @tree = tree
    @databases = databases
    @server = server
    @type = JSON.parse(File.read(File.join(tree, 'type.json')))
  end

  # Of the main database, which are of no table.
  def functions
    dump_of('main', []).scan(/^CREATE FUNCTION .*?^\$\$;$/m).join("\n\n")
  end

  # What a tree wants to have run when all of its migrations are up, such as a row that a trigger completes.
  def try
    each_side do |name, _|
      trial = File.join(@tree, 'alter', "#{name}_trial.sql")
      execute(File.read(trial)) if File.exist?(trial)
    end
  end

  # Each table must be there when, and only when, its migration is.
  def migrate(directions)
    each_side do |name, side|
      prepare(name)
      folder = File.join(@tree, side.fetch(:migrations))
      context = ActiveRecord::MigrationContext.new(folder, ActiveRecord::SchemaMigration)
      raise "#{name}: no migration is in #{folder}" if context.migrations.empty?

      table = @type.fetch(side.fetch(:table))
      directions.each do |direction|
        present = direction == :up
        context.public_send(direction)
        ActiveRecord::Base.connection.schema_cache.clear!
        unless ActiveRecord::Base.connection.table_exists?(table) == present
          raise "#{name}: #{table} is #{'not ' if present}there after #{direction}"
        end
      end
    end
  end

  # What changes the tables that are there, in the tree's folder `alter`: migrations in folders as GitLab has them, and
  # for each side SQL that comes before them. They go up, down and up; down leaves what was before.
  def alter
    each_side do |name, side|
      damage = File.join(@tree, 'alter', "#{name}.sql")
      execute(File.read(damage)) if File.exist?(damage)
      main = File.join(@tree, 'alter', side.fetch(:migrations))
      context = ActiveRecord::MigrationContext.new([main, main.sub(/migrate\z/, 'post_migrate')], ActiveRecord::SchemaMigration)
      next if context.migrations.empty?

      raise "#{name}: rows of another schema" unless context.migrations.all? { |each| rows_of(each, name) }

      before = schema(side)
      context.up
      after = schema(side)
      context.down
      raise "#{name}: down leaves something else" unless schema(side) == before

      context.up
      raise "#{name}: up leaves something else the second time" unless schema(side) == after
    end
  end

  # What a dump says of a table, asked for in the connection that is there: `pg_dump` takes much longer, most of it to
  # find out what else there is.
  SCHEMA = [
    'SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute ' \
    'LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum ' \
    'WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum',
    'SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s ORDER BY conname',
    'SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s ORDER BY indexrelid::regclass::text',
    'SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s AND NOT tgisinternal ORDER BY tgname'
  ].freeze

  def schema(side)
    table = "'public.#{@type.fetch(side.fetch(:table))}'::regclass"
    SCHEMA.map { |query| execute(format(query, table)).values }
  end

  # What the next milestone does with the constraints that older rows need not meet yet.
  def validate
    each_side do
      open = execute(<<~SQL)
        SELECT conrelid::regclass AS table, conname AS name FROM pg_constraint WHERE NOT convalidated
      SQL
      open.each { |each| execute("ALTER TABLE #{each['table']} VALIDATE CONSTRAINT #{each['name']}") }
    end
  end

  def dumps
    found = SIDES.map { |name, side| Thread.new { [name, dump(name, side)] } }.to_h(&:value)
    partition? ? found.merge('partition' => indexes_of_partition) : found
  end

  def dump(name, side)
    dump_of(name, ['-t', "public.#{@type.fetch(side.fetch(:table))}"])
  end

  def dump_of(name, options)
    command = [@server.fetch('pg_dump'), '-h', @server.fetch('host'), '-U', @server.fetch('user'), '--schema-only',
               '--no-owner', '--no-privileges', *options, @databases.fetch(name)]
    text, errors, status = Open3.capture3(*command)
    raise errors unless status.success?

    text
  end

  # What GitLab's own specs of the database dictionary ask of an entry.
  def check_dictionary
    SIDES.each_value do |side|
      table = @type.fetch(side.fetch(:table))
      entry = YAML.safe_load(File.read(File.join(@tree, side.fetch(:dictionary), "#{table}.yml")))
      # GitLab asks for them in the main database only.
      since18 = @type.fetch('edition').to_i >= 18
      more = since18 && table == @type.fetch('state_table') ? MORE_KEYS : []
      raise "#{table}: keys #{entry.keys}" unless (entry.keys - more).sort == DICTIONARY_KEYS.sort
      raise "#{table}: size #{entry['table_size']}" unless more.empty? || entry['table_size'] == 'small'
      raise "#{table}: is described as #{entry['table_name']}" unless entry['table_name'] == table
      raise "#{table}: is in #{entry['gitlab_schema']}" unless entry['gitlab_schema'] == schema_of(side)
      raise "#{table}: no feature category" unless entry['feature_categories'] == ['geo_replication']
      raise "#{table}: milestone #{entry['milestone']}" unless /\A\d+\.\d+\z/.match?(entry['milestone'])
    end
  end

  # That of the edition, else of the nearest that it builds on.
  def schema_of(side)
    side.fetch(:schema).select { |since, _| since <= @type.fetch('edition').to_i }.max.last
  end

  # For the rest of the process.
  def connect
    ActiveRecord::Base.establish_connection(configuration('main'))
    ENV['GEO_DATABASE'] = JSON.generate(configuration('geo'))
  end

  def empty
    [ActiveRecord::Base, Geo::TrackingBase].each do |base|
      tables = base.connection.tables - %w[schema_migrations ar_internal_metadata]
      base.connection.truncate_tables(*tables)
    end
  end

  private

  def each_side
    SIDES.each do |name, side|
      ActiveRecord::Base.establish_connection(configuration(name))
      yield name, side
    ensure
      ActiveRecord::Base.remove_connection
    end
  end

  def rows_of(migration, name)
    require migration.filename
    [nil, :"gitlab_#{name}"].include?(migration.name.constantize.schema_of_rows)
  end

  def prepare(name)
    execute('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public')
    return if name == 'geo'

    execute(BEFORE)
    own = File.join(@tree, 'alter/parent.sql')
    return execute(File.read(own)) if File.exist?(own)

    execute(<<~SQL)
      CREATE TABLE #{@type['parent_table'] || @type.fetch('table')} (
        id bigserial PRIMARY KEY, file text, file_store smallint DEFAULT 1 NOT NULL,
        project_id bigint REFERENCES projects, group_id bigint REFERENCES groups,
        organization_id bigint REFERENCES organizations, user_id bigint REFERENCES users,
        uploaded_by_user_id bigint REFERENCES users
      )
    SQL
    execute(partition) if partition?
  end

  # Whether the type is one of a partition of `uploads`.
  def partition?
    @type['parent_table'].present?
  end

  # Another partition beside that of the type, so that rows of another class are there, too.
  def partition
    <<~SQL
      CREATE TABLE uploads (
        id bigserial, model_type text NOT NULL, model_id bigint NOT NULL, path text NOT NULL,
        store integer DEFAULT 1 NOT NULL, created_at timestamptz, project_id bigint, namespace_id bigint,
        organization_id bigint, uploaded_by_user_id bigint, PRIMARY KEY (id, model_type)
      ) PARTITION BY LIST (model_type);
      CREATE TABLE #{@type.fetch('table')} PARTITION OF uploads FOR VALUES IN ('#{@type.fetch('parent_table').classify}');
      CREATE TABLE project_uploads PARTITION OF uploads FOR VALUES IN ('Project')
    SQL
  end

  # What `structure.sql` says of the partition that was not there before.
  def indexes_of_partition
    ActiveRecord::Base.establish_connection(configuration('main'))
    rows = execute("SELECT indexdef FROM pg_indexes WHERE tablename = '#{@type.fetch('table')}' ORDER BY indexname")
    rows.map { |row| "#{row['indexdef']};\n" }.reject { |text| text.include?('(id, model_type)') }.join
  ensure
    ActiveRecord::Base.remove_connection
  end

  def configuration(name)
    { adapter: 'postgresql', host: @server.fetch('host'), username: @server.fetch('user'),
      database: @databases.fetch(name), min_messages: 'warning' }
  end

  def execute(sql)
    ActiveRecord::Base.connection.execute(sql)
  end
end
