# frozen_string_literal: true

require 'spec_helper'

RSpec.describe CoolWidget, feature_category: :geo_replication do
  describe 'Geo replication', feature_category: :geo_replication do
    describe 'associations' do
      it 'has one verification state table class' do
        is_expected
          .to have_one(:cool_widget_state)
          .class_name('Geo::CoolWidgetState')
          .inverse_of(:cool_widget)
          .autosave(false)
      end
    end

    include_examples 'a verifiable model for verification state' do
      before do
        stub_cool_widget_object_storage
      end

      # Add extra params if needed to make sure the record is in `Geo::ReplicableModel.verifiables` scope
      let(:verifiable_model_record) { build(:cool_widget) }
      # Remotely stored files are NOT included in `Geo::ReplicableModel.verifiables` scope
      let(:unverifiable_model_record) { build(:cool_widget, :object_storage) }
    end
  end
end
