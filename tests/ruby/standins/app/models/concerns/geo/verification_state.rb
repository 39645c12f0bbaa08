# frozen_string_literal: true

module Geo
  # Questions about the verification of many records, wherever its state is kept.
  module VerificationState
    extend ActiveSupport::Concern

    VERIFICATION_STATE_VALUES = {
      verification_pending: 0,
      verification_started: 1,
      verification_succeeded: 2,
      verification_failed: 3,
      verification_disabled: 4
    }.freeze

    # What a record with a separate state passes on to it.
    VERIFICATION_METHODS = [
      *%w[checksum failure retry_at retry_count started_at state].flat_map do |attribute|
        [:"verification_#{attribute}", :"verification_#{attribute}="]
      end,
      :verified_at, :verified_at=,
      *VERIFICATION_STATE_VALUES.keys.flat_map { |state| [:"#{state}?", :"#{state}!"] }
    ].freeze

    included do
      VERIFICATION_STATE_VALUES.each_key do |name|
        scope name, -> { available_verifiables.with_verification_state(name) }
      end
      scope :verification_retry_due, -> {
        column = verification_arel_table[:verification_retry_at]
        where(column.eq(nil).or(column.lt(Time.current)))
      }
      scope :needs_verification, -> {
        verification_pending.or(verification_failed.verification_retry_due)
      }
    end

    class_methods do
      def verification_state_value(name)
        VERIFICATION_STATE_VALUES.fetch(name)
      end

      def verification_state_table_class
        self
      end

      def verification_arel_table
        verification_state_table_class.arel_table
      end

      def separate_verification_state_table?
        verification_state_table_class != self
      end

      def verification_pending_batch(batch_size:)
        verification_pending.order(verification_arel_table[:verified_at].asc.nulls_first).limit(batch_size)
      end

      def verification_failed_batch(batch_size:)
        column = verification_arel_table[:verification_retry_at]
        verification_failed.verification_retry_due.order(column.asc.nulls_first).limit(batch_size)
      end

      def needs_verification_count(limit:)
        needs_verification.limit(limit).count
      end
    end
  end
end
