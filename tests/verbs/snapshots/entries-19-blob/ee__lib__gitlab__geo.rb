# frozen_string_literal: true

module Gitlab
  module Geo
    REPLICATOR_CLASSES = [
      ::Geo::PackageFileReplicator,
      ::Geo::BoilerReplicator,
      ::Geo::CoolWidgetReplicator
    ].freeze
  end
end
