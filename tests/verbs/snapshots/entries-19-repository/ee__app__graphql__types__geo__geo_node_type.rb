# frozen_string_literal: true

module Types
  module Geo
    class GeoNodeType < BaseObject
      graphql_name 'GeoNode'

      field :boiler_registries, ::Types::Geo::BoilerRegistryType.connection_type,
        null: true,
        resolver: ::Resolvers::Geo::BoilerRegistriesResolver,
        description: 'Find boiler registries on this Geo node.'
      field :cool_widget_registries, ::Types::Geo::CoolWidgetRegistryType.connection_type,
        null: true,
        resolver: ::Resolvers::Geo::CoolWidgetRegistriesResolver,
        description: 'Find Cool Widget registries on this Geo node. ' \
                     'Ignored if `geo_cool_widget_replication` feature flag is disabled.'
      field :enabled, GraphQL::Types::Boolean, null: true, description: 'Whether it is enabled.'
      field :id, GraphQL::Types::ID, null: false, description: 'ID of it.'
    end
  end
end
