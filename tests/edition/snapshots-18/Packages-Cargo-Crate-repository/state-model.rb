# frozen_string_literal: true

module Geo
  class PackagesCargoCrateState < ApplicationRecord
    include ::Geo::VerificationStateDefinition

    belongs_to :packages_cargo_crate, inverse_of: :packages_cargo_crate_state, class_name: 'Packages::Cargo::Crate'

    validates :verification_state, :packages_cargo_crate, presence: true
  end
end
