# frozen_string_literal: true

module Geo
  # The columns and the state machine of one record's verification.
  module VerificationStateDefinition
    extend ActiveSupport::Concern

    included do
      sha_attribute :verification_checksum

      state_machine :verification_state, initial: :verification_pending do
        VerificationState::VERIFICATION_STATE_VALUES.each { |name, value| state name, value: value }

        before_transition any => :verification_started do |record|
          record.verification_started_at = Time.current
        end
        before_transition any => :verification_succeeded do |record|
          record.assign_attributes(
            verified_at: Time.current, verification_retry_count: 0, verification_retry_at: nil, verification_failure: nil
          )
        end
        before_transition any => :verification_failed do |record|
          record.verification_retry_count += 1
          record.assign_attributes(
            verification_checksum: nil, verification_retry_at: (2**record.verification_retry_count).minutes.from_now
          )
        end

        event(:verification_pending) { transition any => :verification_pending }
        event(:verification_started) { transition any => :verification_started }
        event(:verification_succeeded) { transition verification_started: :verification_succeeded }
        event(:verification_failed) { transition any => :verification_failed }
        event(:verification_disabled) { transition any => :verification_disabled }
      end
    end
  end
end
