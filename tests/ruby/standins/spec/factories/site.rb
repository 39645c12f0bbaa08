# frozen_string_literal: true

FactoryBot.define do
  factory :organization, class: 'Organizations::Organization'

  factory :group do
    organization { try(:parent)&.organization } if Application.since?(18)
  end

  factory :project do
    name { 'project' }

    trait :broken_storage do
      repository_storage { 'broken' }
    end
  end

  factory :user do
    transient do
      developer_of { nil }
    end

    after(:create) { |user, evaluator| evaluator.developer_of&.add_developer(user) }
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
