# frozen_string_literal: true

module Gitlab
  module Geo
    REPLICATOR_CLASSES = [
      ::Geo::PackageFileReplicator,
      ::Geo::BoilerReplicator
    ].freeze
  end
end
