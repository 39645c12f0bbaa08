# frozen_string_literal: true

module Types
  module Geo
    class GeoNodeType < BaseObject
      graphql_name 'GeoNode'

      field :boiler_registries, ::Types::Geo::BoilerRegistryType.connection_type,
        null: true,
        resolver: ::Resolvers::Geo::BoilerRegistriesResolver,
        description: 'Find boiler registries on this Geo node.'
      field :enabled, GraphQL::Types::Boolean, null: true, description: 'Whether it is enabled.'
      field :id, GraphQL::Types::ID, null: false, description: 'ID of it.'
    end
  end
end
