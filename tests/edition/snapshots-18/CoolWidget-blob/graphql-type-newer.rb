# frozen_string_literal: true

module Types
  module Geo
    # rubocop:disable Graphql/AuthorizeTypes -- because it is included
    class CoolWidgetRegistryType < BaseObject
      graphql_name 'CoolWidgetRegistry'

      include ::Types::Geo::RegistryType

      authorize_granular_token skip_reason: :parent_authorizes

      description 'Represents the Geo replication and verification state of a cool_widget'

      field :cool_widget_id, GraphQL::Types::ID, null: false, description: 'ID of the Cool Widget.'
    end
    # rubocop:enable Graphql/AuthorizeTypes
  end
end
