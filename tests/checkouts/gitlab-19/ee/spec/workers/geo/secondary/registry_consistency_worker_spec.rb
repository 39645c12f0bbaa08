# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Geo::Secondary::RegistryConsistencyWorker do
  describe '#perform' do
    context 'when container registry is enabled' do
      it 'creates missing registries for each registry class' do
        boiler = create(:boiler)

        expect(Geo::BoilerRegistry.where(boiler_id: boiler.id).count).to eq(0)

        subject.perform

        expect(Geo::BoilerRegistry.where(boiler_id: boiler.id).count).to eq(1)
      end
    end

    context 'when the legacy Upload replicator is disabled' do
      it 'creates missing registries for partition upload registry classes' do
        tank_upload = create(:geo_tank_upload)

        expect(Geo::TankUploadRegistry.where(tank_upload_id: tank_upload.id).count).to eq(0)

        subject.perform

        expect(Geo::TankUploadRegistry.where(tank_upload_id: tank_upload.id).count).to eq(1)
      end
    end
  end
end
