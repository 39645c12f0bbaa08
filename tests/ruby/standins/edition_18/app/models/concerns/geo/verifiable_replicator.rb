# frozen_string_literal: true

module Geo
  # The verification of one record by its replicator.
  module VerifiableReplicator
    extend ActiveSupport::Concern

    class_methods do
      # A primary site computes checksums also where replication is off, if the second flag says so.
      def verification_enabled?
        enabled? || Feature.enabled?(:"geo_#{replicable_name}_force_primary_checksumming", type: :ops)
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
