# frozen_string_literal: true

module Gitlab
  module Geo
    REPLICATOR_CLASSES = [
      ::Geo::BoilerReplicator,
      ::Geo::CoolWidgetReplicator,
      ::Geo::PackageFileReplicator
    ].freeze

    def self.registry_classes
      REPLICATOR_CLASSES.map(&:registry_class)
    end
  end
end
