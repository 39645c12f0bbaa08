# frozen_string_literal: true

module Types
  module Geo
    # The fields of every registry.
    module RegistryType
      extend ActiveSupport::Concern

      included do
        authorize :read_geo_registry

        field :id, GraphQL::Types::ID, null: false, description: 'ID of the row.'
        field :state, GraphQL::Types::String, null: true, description: 'State of the copy.', method: :state_name
        field :last_sync_failure, GraphQL::Types::String, null: true, description: 'Why the last copy failed.'
        field :retry_count, GraphQL::Types::Int, null: true, description: 'Number of failed attempts.'
        field :verification_state, GraphQL::Types::String, null: true, method: :verification_state_name,
                                                           description: 'State of the verification.'
      end
    end
  end
end
