# frozen_string_literal: true

FactoryBot.define do
  factory :organization, class: 'Organizations::Organization'

  factory :group do
    organization { try(:parent)&.organization }
  end

  factory :project do
    name { 'project' }

    trait :broken_storage do
      repository_storage { 'broken' }
    end
  end

  factory :user do
    trait :admin do
      admin { true }
    end
  end

  factory :geo_node do
    name { 'site' }
    primary { false }

    trait :primary do
      primary { true }
    end

    trait :secondary
  end
end
