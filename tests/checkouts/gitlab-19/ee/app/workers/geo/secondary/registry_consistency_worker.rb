# frozen_string_literal: true

module Geo
  module Secondary
    class RegistryConsistencyWorker
      # REGISTRY_CLASSES = [ of old
      REGISTRY_CLASSES = Gitlab::Geo.registry_classes.freeze
    end
  end
end
