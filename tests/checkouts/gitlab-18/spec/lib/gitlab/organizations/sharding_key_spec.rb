# frozen_string_literal: true

require 'spec_helper'

RSpec.describe 'new tables missing sharding_key', feature_category: :organization do
  let(:allowed_to_be_missing_sharding_key) do
    [
      'oven_states' # https://gitlab.com/gitlab-org/gitlab/-/issues/1
    ]
  end

  let(:allowed_to_be_missing_foreign_key) do
    [
      'boiler_states.project_id', # as boilers
      'oven_types.group_id'
    ]
  end
end
