# frozen_string_literal: true

require 'spec_helper'

RSpec.describe 'Database schema', feature_category: :database do
  let(:ignored_fk_columns_map) do
    {
      boiler_states: %w[project_id], # as boilers
      oven_types: %w[external_id]
    }.with_indifferent_access.freeze
  end
end
