# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Geo::CoolWidgetRegistryFinder, feature_category: :geo_replication do
  it_behaves_like 'a framework registry finder', :geo_cool_widget_registry
end
