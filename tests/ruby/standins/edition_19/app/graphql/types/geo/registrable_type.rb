# frozen_string_literal: true

module Types
  module Geo
    # All registries, each with its type; since edition 19 no list says which these are.
    module RegistrableType
      GEO_REGISTRY_TYPES = ::Gitlab::Geo.replicator_classes.select(&:graphql_registerable?).to_h do |replicator|
        [replicator.registry_class, "Types::#{replicator.registry_class}Type".constantize]
      end.freeze
    end
  end
end
