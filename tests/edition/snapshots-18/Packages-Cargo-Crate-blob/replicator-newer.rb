# frozen_string_literal: true

module Geo
  class PackagesCargoCrateReplicator < Gitlab::Geo::Replicator
    include ::Geo::BlobReplicatorStrategy

    def self.model
      ::Packages::Cargo::Crate
    end

    # @return [String] human-readable title.
    def self.replicable_title
      s_('Geo|Packages Cargo Crate')
    end

    # @return [String] pluralized human-readable title.
    def self.replicable_title_plural
      s_('Geo|Packages Cargo Crates')
    end

    # The registry has no GraphQL type yet.
    def self.graphql_registerable?
      false
    end

    def carrierwave_uploader
      model_record.file
    end
  end
end
