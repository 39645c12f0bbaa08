# frozen_string_literal: true

require 'digest'

module Gitlab
  module Database
    # GitLab's migrations are Active Record's plus a few words; here are the words that Geo's templates use.
    class Migration
      VERSIONS = %w[2.0 2.1 2.2 2.3].freeze

      def self.[](version)
        raise ArgumentError, "no Gitlab::Database::Migration[#{version}]" unless VERSIONS.include?(version.to_s)

        version.to_s == '2.3' ? V23 : V2
      end

      # Columns in `create_table`.
      module Table
        def self.limit_name(table, column)
          "check_#{Digest::SHA256.hexdigest("#{table}_#{column}_check_max_length").first(10)}"
        end

        def datetime_with_timezone(*names, **options)
          names.each { |name| column(name, :timestamptz, **options) }
        end

        # GitLab limits text by a constraint, so that the limit can change without a rewrite of the table.
        def text(*names, limit: nil, **options)
          names.each do |name|
            column(name, :text, **options)
            next unless limit

            check_constraint("char_length(#{name}) <= #{limit}", name: Table.limit_name(self.name, name))
          end
        end
      end

      # Changes of a table that is there. A migration changes tables, or the rows of one schema, never both.
      module Alter
        ROWS = /\A\s*(?:INSERT|UPDATE|DELETE|SELECT)\b/i

        def execute(sql)
          raise "rows are changed without restrict_gitlab_migration: #{sql}" if sql.match?(ROWS) != rows?

          super
        end

        def add_column(table, column, type, **options)
          raise ArgumentError, 'the limit of a text is a constraint of its own' if type == :text && options[:limit]

          super(table, column, type == :datetime_with_timezone ? :timestamptz : type, **options)
        end

        def add_concurrent_index(table, columns, allow_partition: false, **options)
          outside_of_transaction(:add_concurrent_index)
          is_partition = select_value("SELECT relispartition FROM pg_class WHERE oid = '#{table}'::regclass")
          raise ArgumentError, "#{table} is a partition: allow_partition" if is_partition && !allow_partition

          add_index(table, columns, **options, algorithm: :concurrently)
        end

        def remove_concurrent_index_by_name(table, name)
          outside_of_transaction(:remove_concurrent_index_by_name)
          raise ArgumentError, "#{table} has no index #{name}" unless index_name_exists?(table, name)

          remove_index(table, name: name, algorithm: :concurrently)
        end

        def add_text_limit(table, column, limit, validate: true)
          outside_of_transaction(:add_text_limit)
          execute(<<~SQL)
            ALTER TABLE #{table} ADD CONSTRAINT #{Table.limit_name(table, column)}
            CHECK ( char_length(#{column}) <= #{limit} ) NOT VALID
          SQL
          execute("ALTER TABLE #{table} VALIDATE CONSTRAINT #{Table.limit_name(table, column)}") if validate
        end

        def remove_text_limit(table, column)
          outside_of_transaction(:remove_text_limit)
          execute("ALTER TABLE #{table} DROP CONSTRAINT IF EXISTS #{Table.limit_name(table, column)}")
        end

        def add_multi_column_not_null_constraint(table, *columns, limit: 1, operator: '=')
          outside_of_transaction(:add_multi_column_not_null_constraint)
          raise ArgumentError, 'one column has a constraint of its own' if columns.one?

          columns = columns.sort
          name = "check_#{Digest::SHA256.hexdigest("#{table}_#{columns.join('_')}_check_num_nonnulls").first(10)}"
          check = "num_nonnulls(#{columns.join(', ')}) #{operator} #{limit}"
          execute("ALTER TABLE #{table} ADD CONSTRAINT #{name} CHECK ( #{check} ) NOT VALID")
          execute("ALTER TABLE #{table} VALIDATE CONSTRAINT #{name}")
        end

        # What fills a sharding key from the record that a row is about.
        def install_sharding_key_assignment_trigger(
          table:, sharding_key:, parent_table:, parent_sharding_key:, foreign_key:, parent_table_primary_key: :id
        )
          key, found, parent = [sharding_key, parent_sharding_key, parent_table].map { |each| %("#{each}") }
          name = sharding_key_trigger(table, sharding_key)
          execute(<<~SQL)
            CREATE OR REPLACE FUNCTION #{name}()
            RETURNS TRIGGER AS
            $$
            BEGIN
            IF NEW.#{key} IS NULL THEN
              SELECT #{found}
              INTO NEW.#{key}
              FROM #{parent}
              WHERE #{parent}."#{parent_table_primary_key}" = NEW."#{foreign_key}";
            END IF;

            RETURN NEW;

            END
            $$ LANGUAGE PLPGSQL
          SQL
          execute("DROP TRIGGER IF EXISTS #{name} ON #{table}")
          execute("CREATE TRIGGER #{name} BEFORE INSERT OR UPDATE ON #{table} FOR EACH ROW EXECUTE FUNCTION #{name}()")
        end

        def remove_sharding_key_assignment_trigger(table:, sharding_key:, **)
          name = sharding_key_trigger(table, sharding_key)
          execute("DROP TRIGGER IF EXISTS #{name} ON #{table}")
          execute("DROP FUNCTION IF EXISTS #{name}()")
        end

        def add_concurrent_foreign_key(source, target, column:, on_delete:)
          outside_of_transaction(:add_concurrent_foreign_key)
          name = "fk_#{Digest::SHA256.hexdigest("#{source}_#{column}_fk").first(10)}"
          add_foreign_key(source, target, column: column, name: name, on_delete: on_delete, validate: false)
          validate_foreign_key(source, name: name)
        end

        def remove_foreign_key_if_exists(source, ...)
          remove_foreign_key(source, ...) if foreign_key_exists?(source, ...)
        end

        def with_lock_retries(&block)
          outside_of_transaction(:with_lock_retries)
          connection.transaction(&block)
        end

        private

        def sharding_key_trigger(table, column)
          "trigger_#{Digest::SHA256.hexdigest("#{table}_assign_#{column}").first(12)}"
        end

        def rows?
          !self.class.schema_of_rows.nil?
        end

        def outside_of_transaction(helper)
          raise "#{helper} cannot be run inside a transaction: disable_ddl_transaction!" if connection.transaction_open?
          raise "#{helper} in a migration of rows" if rows?
        end
      end

      class V2 < ActiveRecord::Migration[6.1]
        include Alter

        SCHEMAS = %i[gitlab_main gitlab_ci gitlab_geo].freeze

        class << self
          attr_reader :lock_retries, :schema_of_rows

          def restrict_gitlab_migration(gitlab_schema:)
            raise ArgumentError, "no schema #{gitlab_schema}" unless SCHEMAS.include?(gitlab_schema)

            @schema_of_rows = gitlab_schema
          end

          def enable_lock_retries!
            raise 'lock retries need the transaction of the migration' if disable_ddl_transaction

            @lock_retries = true
          end
        end

        def create_table(name, **options)
          super do |table|
            table.extend(Table)
            yield table
          end
        end
      end

      # Since GitLab 18 a migration has to say its milestone.
      class V23 < V2
        class << self
          def milestone(text = nil)
            raise ArgumentError, "#{text} is no milestone" if text && !/\A\d+\.\d+\z/.match?(text)

            @milestone = text || @milestone
          end
        end

        def create_table(...)
          raise 'no milestone' unless self.class.milestone

          super
        end
      end
    end
  end
end
