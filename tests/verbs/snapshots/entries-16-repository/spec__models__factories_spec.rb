# frozen_string_literal: true

require 'spec_helper'

RSpec.describe 'factories' do
  skipped = [
    [:geo_boiler_state, any],
    [:user, :locked],
    [:geo_cool_widget_state, any]
  ].freeze
end
