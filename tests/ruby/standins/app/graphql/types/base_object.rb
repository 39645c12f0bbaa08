# frozen_string_literal: true

module Types
  class BaseObject < GraphQL::Schema::Object
    field_class BaseField

    class << self
      def authorizations
        @authorizations ||= []
      end

      def authorize(*abilities)
        authorizations.concat(abilities)
      end
    end
  end
end
