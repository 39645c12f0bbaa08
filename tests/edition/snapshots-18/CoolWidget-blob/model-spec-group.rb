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

      let(:verifiable_model_record) { build(:cool_widget) }
      # Remotely stored files are NOT included in `Geo::ReplicableModel.verifiables` scope
      let(:unverifiable_model_record) { build(:cool_widget, :object_storage) }
    end

    describe 'replication/verification' do
      let_it_be(:group_1) { create(:group, organization: create(:organization)) }
      let_it_be(:group_2) { create(:group, organization: create(:organization)) }
      let_it_be(:nested_group_1) { create(:group, parent: group_1) }

      # Cool Widget for the root group
      let!(:first_replicable_and_in_selective_sync) do
        stub_cool_widget_object_storage(enabled: false)
        create(:cool_widget, group: group_1)
      end

      # Cool Widget for a subgroup
      let!(:second_replicable_and_in_selective_sync) do
        stub_cool_widget_object_storage(enabled: false)
        create(:cool_widget, group: nested_group_1)
      end

      # Cool Widget for the root group, in object storage
      let!(:third_replicable_on_object_storage_and_in_selective_sync) do
        stub_cool_widget_object_storage(enabled: true)
        create(:cool_widget, :object_storage, group: group_1)
      end

      # Cool Widget for a group that is not in selective sync
      let!(:last_replicable_and_not_in_selective_sync) do
        stub_cool_widget_object_storage(enabled: false)
        create(:cool_widget, group: group_2)
      end

      include_examples 'Geo Framework selective sync behavior'
    end
  end
end
