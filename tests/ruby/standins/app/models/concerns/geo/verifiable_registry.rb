# frozen_string_literal: true

module Geo
  # The comparison of the copy with the original's checksum.
  module VerifiableRegistry
    extend ActiveSupport::Concern

    included do
      include ::Geo::VerificationState
      include ::Geo::VerificationStateDefinition

      sha_attribute :verification_checksum_mismatched

      scope :available_verifiables, -> { synced }
    end

    def verify_against(original)
      verification_started!
      return verification_succeeded! if verification_checksum == original

      self.checksum_mismatch = true
      self.verification_checksum_mismatched = verification_checksum
      self.verification_failure = 'The checksums differ'
      verification_failed!
    end
  end
end
