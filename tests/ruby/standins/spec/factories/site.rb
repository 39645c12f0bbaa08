# frozen_string_literal: true

FactoryBot.define do
  factory :organization, class: 'Organizations::Organization'

  factory :group

  factory :project do
    name { 'project' }
  end

  factory :geo_node do
    name { 'site' }
    primary { false }

    trait :primary do
      primary { true }
    end
  end
end
