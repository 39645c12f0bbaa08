# frozen_string_literal: true

FactoryBot.define do
  factory :geo_cool_widget_state, class: 'Geo::CoolWidgetState' do
    cool_widget

    trait :checksummed do
      verification_checksum { 'abcd' }
    end

    trait :checksum_failure do
      verification_failure { 'Could not calculate the checksum' }
    end
  end
end
