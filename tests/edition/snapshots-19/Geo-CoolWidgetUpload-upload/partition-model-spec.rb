# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Geo::CoolWidgetUpload, feature_category: :geo_replication do
  include ::EE::GeoHelpers

  it { expect(described_class.table_name).to eq('cool_widget_uploads') }
  it { expect(described_class.primary_key).to eq('id') }
  it { expect(described_class.superclass).to eq(::Upload) }

  describe 'associations' do
    it 'has one verification state table class' do
      is_expected
        .to have_one(:cool_widget_upload_state)
        .class_name('Geo::CoolWidgetUploadState')
        .inverse_of(:cool_widget_upload)
        .autosave(false)
    end
  end

  include_examples 'a verifiable model for verification state' do
    # Upload may have saved a state with the row, but the examples expect to create it.
    let(:verifiable_model_record) do
      record = create(:geo_cool_widget_upload)
      described_class.verification_state_table_class.where(cool_widget_upload_id: record.id).delete_all
      record.reload
    end

    let(:unverifiable_model_record) do
      record = create(:geo_cool_widget_upload, :remote_store)
      described_class.verification_state_table_class.where(cool_widget_upload_id: record.id).delete_all
      record.reload
    end
  end

  describe 'replication/verification' do
    let_it_be(:organization_1) { create(:organization) }
    let_it_be(:organization_2) { create(:organization) }
    let_it_be(:group_1) { create(:group, organization: organization_1) }
    let_it_be(:group_2) { create(:group, organization: organization_2) }
    let_it_be(:nested_group_1) { create(:group, parent: group_1) }
    let_it_be(:project_1) { create(:project, group: group_1) }
    let_it_be(:project_2) { create(:project, group: nested_group_1) }
    let_it_be(:project_3) { create(:project, group: group_2) }

    let!(:first_replicable_and_in_selective_sync) do
      create(:geo_cool_widget_upload, parent_model: create(:cool_widget, project: project_1))
    end

    let!(:second_replicable_and_in_selective_sync) do
      create(:geo_cool_widget_upload, parent_model: create(:cool_widget, project: project_2))
    end

    let!(:third_replicable_on_object_storage_and_in_selective_sync) do
      create(:geo_cool_widget_upload, :remote_store, parent_model: create(:cool_widget, project: project_1))
    end

    let!(:last_replicable_and_not_in_selective_sync) do
      create(:geo_cool_widget_upload, parent_model: create(:cool_widget, project: project_3))
    end

    include_examples 'Geo Framework selective sync behavior'
  end
end
