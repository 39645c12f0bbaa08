# frozen_string_literal: true

require 'spec_helper'

RSpec.describe CoolWidget, feature_category: :geo_replication do
  include_examples 'a replicable model with a separate table for verification state' do
    # Add extra params if needed to make sure the record is in `Geo::ReplicableModel.verifiables` scope
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
end
