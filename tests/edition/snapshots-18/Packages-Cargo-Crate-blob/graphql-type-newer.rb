# frozen_string_literal: true

module Types
  module Geo
    # rubocop:disable Graphql/AuthorizeTypes -- because it is included
    class PackagesCargoCrateRegistryType < BaseObject
      graphql_name 'PackagesCargoCrateRegistry'

      include ::Types::Geo::RegistryType

      authorize_granular_token skip_reason: :parent_authorizes

      description 'Represents the Geo replication and verification state of a packages_cargo_crate'

      field :packages_cargo_crate_id, GraphQL::Types::ID, null: false, description: 'ID of the Packages Cargo Crate.'
    end
    # rubocop:enable Graphql/AuthorizeTypes
  end
end
