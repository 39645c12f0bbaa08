# frozen_string_literal: true

module Geo
  # The verification of one record by its replicator.
  module VerifiableReplicator
    extend ActiveSupport::Concern

    class_methods do
      def verification_feature_flag_enabled?
        false
      end

      def verification_enabled?
        enabled? && verification_feature_flag_enabled?
      end
    end

    def verify
      return unless self.class.verification_enabled?

      state = model_record.verification_state_object
      state.verification_started!
      state.verification_checksum = calculate_checksum
      state.verification_succeeded!
    end
  end
end
