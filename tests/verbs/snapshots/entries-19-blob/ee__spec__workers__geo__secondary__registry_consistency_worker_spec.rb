# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Geo::Secondary::RegistryConsistencyWorker do
  describe '#perform' do
    it 'creates missing registries for each registry class' do
      boiler = create(:boiler)
      cool_widget = create(:shiny_widget)

      expect(Geo::BoilerRegistry.where(boiler_id: boiler.id).count).to eq(0)
      expect(Geo::CoolWidgetRegistry.where(cool_widget_id: cool_widget.id).count).to eq(0)

      subject.perform

      expect(Geo::BoilerRegistry.where(boiler_id: boiler.id).count).to eq(1)
      expect(Geo::CoolWidgetRegistry.where(cool_widget_id: cool_widget.id).count).to eq(1)
    end
  end
end
