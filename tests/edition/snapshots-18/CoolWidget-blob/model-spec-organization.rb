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

    describe '.replicables_for_current_secondary' do
      include EE::GeoHelpers

      let_it_be_with_refind(:secondary) { create(:geo_node, :secondary) }
      let_it_be(:organization) { create(:organization) }
      let_it_be(:other_organization) { create(:organization) }

      let(:all_ids) { described_class.minimum(:id)..described_class.maximum(:id) }

      let!(:first_record) do
        stub_cool_widget_object_storage(enabled: false)
        create(:cool_widget, organization: organization)
      end

      let!(:second_record) do
        stub_cool_widget_object_storage(enabled: false)
        create(:cool_widget, organization: other_organization)
      end

      subject(:replicables) { described_class.replicables_for_current_secondary(all_ids) }

      before do
        stub_current_geo_node(secondary)
      end

      it 'returns every record without selective sync' do
        expect(replicables).to contain_exactly(first_record, second_record)
      end

      it 'excludes records outside the range of primary keys' do
        expect(described_class.replicables_for_current_secondary(second_record.id)).to contain_exactly(second_record)
      end

      it 'returns every record with selective sync by namespace, because no namespace owns them' do
        secondary.update!(selective_sync_type: 'namespaces', namespaces: [create(:group)])

        expect(replicables).to contain_exactly(first_record, second_record)
      end

      it 'returns the records of the organizations in selective sync' do
        secondary.update!(selective_sync_type: 'organizations', organizations: [organization])

        expect(replicables).to contain_exactly(first_record)
      end

      context 'with a record in object storage' do
        let!(:remote_record) do
          stub_cool_widget_object_storage(enabled: true)
          create(:cool_widget, :object_storage, organization: organization)
        end

        it 'returns it where the node syncs object storage' do
          secondary.update!(sync_object_storage: true)

          expect(replicables).to include(first_record, remote_record)
        end

        it 'leaves it out where the node does not sync object storage' do
          secondary.update!(sync_object_storage: false)

          expect(replicables).to include(first_record)
          expect(replicables).not_to include(remote_record)
        end
      end
    end
  end
end
