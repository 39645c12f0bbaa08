# frozen_string_literal: true

FactoryBot.define do
  factory :geo_cool_widget_upload, class: 'Geo::CoolWidgetUpload' do
    # Geo::CoolWidgetUpload is read-only: Upload writes the row, and PostgreSQL puts it into the
    # partition of its model_type, from where it is read.
    transient do
      parent_model { association(:cool_widget, strategy: :create) }
    end

    initialize_with do
      Geo::CoolWidgetUpload.find(create(:upload, :with_file, model: parent_model).id)
    end

    to_create { |instance| instance }

    trait :remote_store do
      initialize_with do
        Geo::CoolWidgetUpload.find(create(:upload, :object_storage, model: parent_model).id)
      end
    end

    trait :verification_succeeded do
      after(:create) do |instance|
        state = instance.cool_widget_upload_state
        state.verification_checksum = 'abcd'
        state.verification_state = Geo::CoolWidgetUpload.verification_state_value(:verification_succeeded)
        state.save!
      end
    end

    trait :verification_failed do
      after(:create) do |instance|
        state = instance.cool_widget_upload_state
        state.verification_failure = 'Could not calculate the checksum'
        state.verification_state = Geo::CoolWidgetUpload.verification_state_value(:verification_failed)
        state.save!
      end
    end
  end
end
