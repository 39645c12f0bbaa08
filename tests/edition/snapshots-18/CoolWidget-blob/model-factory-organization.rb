# frozen_string_literal: true

FactoryBot.define do
  factory :cool_widget do
    # The project that a spec gives to a replicable of any type.
    transient do
      project { nil }
    end

    organization
    file { fixture_file_upload('spec/fixtures/dk.png') }

    # Saving a record makes its verification pending, and its state could not know the record before:
    # both are set right once there is a record.
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

    trait :object_storage do
      file_store { ObjectStorage::Store::REMOTE }
    end
  end
end
