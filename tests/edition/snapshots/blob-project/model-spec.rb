# frozen_string_literal: true

require 'spec_helper'

RSpec.describe CoolWidget, feature_category: :geo_replication do
  include_examples 'a replicable model with a separate table for verification state' do
    let(:verifiable_model_record) { build(:cool_widget) }
    # Remotely stored files are NOT included in `Geo::ReplicableModel.verifiables` scope
    let(:unverifiable_model_record) do
      stub_object_storage_uploader(
        config: CoolWidgetUploader.object_store_options,
        uploader: CoolWidgetUploader
      )
      build(:cool_widget, :remote_store)
    end
  end

  describe '.replicables_for_current_secondary' do
    include EE::GeoHelpers

    let_it_be(:group) { create(:group) }
    let_it_be(:project) { create(:project, group: group) }
    let_it_be(:first_record) { create(:cool_widget, project: project) }
    let_it_be(:second_record) { create(:cool_widget, project: project) }
    let_it_be(:record_of_another_project) { create(:cool_widget, project: create(:project)) }

    let(:node) { create(:geo_node) }
    let(:all_ids) { described_class.minimum(:id)..described_class.maximum(:id) }

    subject(:replicables) { described_class.replicables_for_current_secondary(all_ids) }

    before do
      stub_current_geo_node(node)
    end

    context 'without selective sync' do
      it 'returns every record' do
        expect(replicables).to contain_exactly(first_record, second_record, record_of_another_project)
      end

      it 'excludes records outside the range of primary keys' do
        expect(described_class.replicables_for_current_secondary(second_record.id)).to contain_exactly(second_record)
      end
    end

    context 'with selective sync by namespace' do
      let(:node) { create(:geo_node, selective_sync_type: 'namespaces', namespaces: [group]) }

      it 'returns the records of the projects in the namespace' do
        expect(replicables).to contain_exactly(first_record, second_record)
      end

      it 'excludes records outside the range of primary keys' do
        expect(described_class.replicables_for_current_secondary(second_record.id)).to contain_exactly(second_record)
      end
    end

    context 'with a record in object storage' do
      let!(:remote_record) do
        stub_object_storage_uploader(
          config: CoolWidgetUploader.object_store_options,
          uploader: CoolWidgetUploader
        )
        create(:cool_widget, :remote_store, project: project)
      end

      context 'when the node syncs object storage' do
        let(:node) { create(:geo_node, sync_object_storage: true) }

        it 'includes the record' do
          expect(replicables).to include(first_record, remote_record)
        end
      end

      context 'when the node does not sync object storage' do
        let(:node) { create(:geo_node, sync_object_storage: false) }

        it 'returns only the records that are stored locally' do
          expect(replicables).to include(first_record)
          expect(replicables).not_to include(remote_record)
        end
      end
    end
  end
end
