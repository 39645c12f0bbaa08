# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Geo::PackagesCargoCrateState, :geo, feature_category: :geo_replication do
  it { is_expected.to be_a ::Geo::VerificationStateDefinition }

  describe 'associations' do
    it { is_expected.to belong_to(:packages_cargo_crate).class_name('::Packages::Cargo::Crate') }
  end

  describe 'validations' do
    it { is_expected.to validate_presence_of(:packages_cargo_crate) }
    it { is_expected.to validate_presence_of(:verification_state) }
  end
end
