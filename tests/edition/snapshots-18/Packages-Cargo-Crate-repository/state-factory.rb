# frozen_string_literal: true

FactoryBot.define do
  factory :geo_packages_cargo_crate_state, class: 'Geo::PackagesCargoCrateState' do
    packages_cargo_crate

    trait :checksummed do
      verification_checksum { 'abcd' }
    end

    trait :checksum_failure do
      verification_failure { 'Could not calculate the checksum' }
    end
  end
end
