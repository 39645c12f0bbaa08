# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Geo::CoolWidgetState, :geo, feature_category: :geo_replication do
  it { is_expected.to be_a ::Geo::VerificationStateDefinition }

  describe 'associations' do
    it { is_expected.to belong_to(:cool_widget).class_name('::CoolWidget') }
  end

  describe 'validations' do
    it { is_expected.to validate_presence_of(:cool_widget) }
    it { is_expected.to validate_presence_of(:verification_state) }
  end
end
