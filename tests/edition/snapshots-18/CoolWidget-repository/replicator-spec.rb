# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Geo::CoolWidgetReplicator, feature_category: :geo_replication do
  let(:model_record) { create(:cool_widget) }

  include_examples 'a repository replicator'
end
