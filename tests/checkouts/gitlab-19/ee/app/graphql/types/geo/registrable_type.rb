# frozen_string_literal: true

module Types
  module Geo
    class RegistrableType < BaseUnion
      GEO_REGISTRY_TYPES = ::Gitlab::Geo::REPLICATOR_CLASSES
        .select(&:graphql_registerable?)
        .to_h { |replicator| [replicator.registry_class, replicator.graphql_registry_type] }
        .freeze

      possible_types(*GEO_REGISTRY_TYPES.values)
    end
  end
end
