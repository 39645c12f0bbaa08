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
      let(:verifiable_model_record) { build(:cool_widget) }
      # Every record is included in `Geo::ReplicableModel.verifiables` scope
      let(:unverifiable_model_record) { nil }
    end

    describe 'replication/verification' do
      let_it_be(:group_1) { create(:group, organization: create(:organization)) }
      let_it_be(:group_2) { create(:group, organization: create(:organization)) }
      let_it_be(:nested_group_1) { create(:group, parent: group_1) }
      # By shard, a group is selected with one of its projects
      let_it_be(:project_1) { create(:project, group: group_1) }
      let_it_be(:project_2) { create(:project, group: nested_group_1) }
      let_it_be(:project_3) { create(:project, :broken_storage, group: group_2) }

      # Cool Widget for the root group
      let!(:first_replicable_and_in_selective_sync) do
        create(:cool_widget, group: group_1)
      end

      # Cool Widget for a subgroup
      let!(:second_replicable_and_in_selective_sync) do
        create(:cool_widget, group: nested_group_1)
      end

      # Cool Widget for a group that is not in selective sync
      let!(:last_replicable_and_not_in_selective_sync) do
        create(:cool_widget, group: group_2)
      end

      include_examples 'Geo Framework selective sync behavior'
    end
  end
end
