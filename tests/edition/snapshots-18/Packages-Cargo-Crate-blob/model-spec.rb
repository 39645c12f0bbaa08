# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Packages::Cargo::Crate, feature_category: :geo_replication do
  describe 'Geo replication', feature_category: :geo_replication do
    describe 'associations' do
      it 'has one verification state table class' do
        is_expected
          .to have_one(:packages_cargo_crate_state)
          .class_name('Geo::PackagesCargoCrateState')
          .inverse_of(:packages_cargo_crate)
          .autosave(false)
      end
    end

    include_examples 'a verifiable model for verification state' do
      before do
        stub_packages_cargo_crate_object_storage
      end

      # Add extra params if needed to make sure the record is in `Geo::ReplicableModel.verifiables` scope
      let(:verifiable_model_record) { build(:packages_cargo_crate) }
      # Remotely stored files are NOT included in `Geo::ReplicableModel.verifiables` scope
      let(:unverifiable_model_record) { build(:packages_cargo_crate, :object_storage) }
    end
  end
end
