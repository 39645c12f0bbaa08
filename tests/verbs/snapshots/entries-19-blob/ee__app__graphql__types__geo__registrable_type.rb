# frozen_string_literal: true

module Types
  module Geo
    class RegistrableType < BaseUnion
      GEO_REGISTRY_TYPES = {
        ::Geo::BoilerRegistry => Types::Geo::BoilerRegistryType,
        ::Geo::CoolWidgetRegistry => Types::Geo::CoolWidgetRegistryType
      }.freeze
    end
  end
end
