# frozen_string_literal: true

# What GitLab's files use of Rails 7 and Debian's 6.1 does not have.
module ActiveRecord
  class Relation
    # Common table expressions, in the one form that Geo uses.
    def with(*expressions)
      spawn.tap { |relation| relation.with_expressions = with_expressions + expressions }
    end

    attr_writer :with_expressions

    def with_expressions
      @with_expressions || []
    end

    module With
      private

      def build_arel(*)
        super.tap { |arel| arel.with(with_expressions) if with_expressions.any? }
      end
    end
    prepend With
  end

  module Querying
    delegate :with, to: :all
  end

  class Base
    # Reloads, and so drops what is memoized.
    alias_method :reset, :reload unless method_defined?(:reset)

    def self.composite_primary_key?
      primary_key.is_a?(Array)
    end
  end
end

# The only way there is in Rails 7.
ActiveRecord::Base.legacy_connection_handling = false
