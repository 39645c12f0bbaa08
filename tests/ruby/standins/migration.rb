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
        def datetime_with_timezone(*names, **options)
          names.each { |name| column(name, :timestamptz, **options) }
        end

        # GitLab limits text by a constraint, so that the limit can change without a rewrite of the table.
        def text(*names, limit: nil, **options)
          names.each do |name|
            column(name, :text, **options)
            next unless limit

            digest = Digest::SHA256.hexdigest("#{self.name}_#{name}_check_max_length").first(10)
            check_constraint("char_length(#{name}) <= #{limit}", name: "check_#{digest}")
          end
        end
      end

      class V2 < ActiveRecord::Migration[6.1]
        class << self
          attr_reader :lock_retries

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
