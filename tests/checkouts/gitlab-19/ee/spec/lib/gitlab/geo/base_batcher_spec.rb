# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Gitlab::Geo::BaseBatcher do
  models_with_separate_verification_state_table = [
    Boiler,
    Upload
  ]
end
