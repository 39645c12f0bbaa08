# frozen_string_literal: true

module Geo
  class PackagesCargoCrateRegistry < Geo::BaseRegistry
    include ::Geo::ReplicableRegistry
    include ::Geo::VerifiableRegistry

    belongs_to :packages_cargo_crate, class_name: 'Packages::Cargo::Crate'

    def self.model_class
      ::Packages::Cargo::Crate
    end

    def self.model_foreign_key
      :packages_cargo_crate_id
    end

    # `packages_cargo_crates` has no `updated_at`.
    def self.model_updated_last
      :created_at
    end
  end
end
