# frozen_string_literal: true

FactoryBot.define do
  factory :packages_cargo_crate, class: 'Packages::Cargo::Crate' do
    # The project that a spec gives to a replicable of any type.
    transient do
      project { nil }
    end

    group { project&.group || association(:group) }
    file { fixture_file_upload('spec/fixtures/dk.png') }

    # Saving a record makes its verification pending, and its state could not know the record before:
    # both are set right once there is a record.
    trait :verification_succeeded do
      verification_checksum { 'abcd' }
      verification_state { Packages::Cargo::Crate.verification_state_value(:verification_succeeded) }

      after(:create) do |instance, _evaluator|
        instance.packages_cargo_crate_state.packages_cargo_crate = instance
        instance.verification_started!
        instance.verification_succeeded!
      end
    end

    trait :verification_failed do
      verification_failure { 'Could not calculate the checksum' }
      verification_state { Packages::Cargo::Crate.verification_state_value(:verification_failed) }

      after(:create) do |instance, evaluator|
        instance.packages_cargo_crate_state.packages_cargo_crate = instance
        instance.verification_failure = evaluator.verification_failure
        instance.verification_failed!
      end
    end

    trait :object_storage do
      file_store { ObjectStorage::Store::REMOTE }
    end
  end
end
