# frozen_string_literal: true

FactoryBot.define do
  factory :cool_widget do
    # Shared specs pass a project to every replicable.
    transient do
      project { nil }
    end

    # Saving a record sets its verification to pending, and the state needs the id of a saved record:
    # both are set once the record is saved.
    trait :verification_succeeded do
      verification_checksum { 'abcd' }
      verification_state { CoolWidget.verification_state_value(:verification_succeeded) }

      after(:create) do |instance, _evaluator|
        instance.cool_widget_state.cool_widget = instance
        instance.verification_started!
        instance.verification_succeeded!
      end
    end

    trait :verification_failed do
      verification_failure { 'Could not calculate the checksum' }
      verification_state { CoolWidget.verification_state_value(:verification_failed) }

      after(:create) do |instance, evaluator|
        instance.cool_widget_state.cool_widget = instance
        instance.verification_failure = evaluator.verification_failure
        instance.verification_failed!
      end
    end
  end
end
