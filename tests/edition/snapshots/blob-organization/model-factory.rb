# frozen_string_literal: true

FactoryBot.define do
  factory :cool_widget do
    # Shared specs pass a project to every replicable.
    transient do
      project { nil }
    end

    organization
    file { fixture_file_upload('spec/fixtures/dk.png') }

    trait :verification_succeeded do
      verification_checksum { 'abcd' }
      verification_state { CoolWidget.verification_state_value(:verification_succeeded) }
    end

    trait :verification_failed do
      verification_failure { 'Could not calculate the checksum' }
      verification_state { CoolWidget.verification_state_value(:verification_failed) }
    end

    trait :remote_store do
      file_store { ObjectStorage::Store::REMOTE }
    end
  end
end
