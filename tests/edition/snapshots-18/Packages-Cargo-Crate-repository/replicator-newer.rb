# frozen_string_literal: true

module Geo
  class PackagesCargoCrateReplicator < Gitlab::Geo::Replicator
    include ::Geo::RepositoryReplicatorStrategy

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

    override :housekeeping_enabled?
    def self.housekeeping_enabled?
      false
    end

    def repository
      model_record.repository
    end
  end
end
