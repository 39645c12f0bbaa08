# frozen_string_literal: true

module Geo
  module Secondary
    class RegistryConsistencyWorker
      # REGISTRY_CLASSES = [ of old
      REGISTRY_CLASSES = [
        Geo::PackageFileRegistry,
        Geo::BoilerRegistry
      ].freeze
    end
  end
end
