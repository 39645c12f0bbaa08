# frozen_string_literal: true

module Geo
  # A model whose records are verified.
  module VerifiableModel
    extend ActiveSupport::Concern

    included do
      include ::Geo::VerificationState

      scope :available_verifiables, -> { all }
    end

    def in_verifiables?
      self.class.verifiables.primary_key_in(id).exists?
    end

    # Only the primary site verifies the originals.
    def save_verification_details
      return unless ::Gitlab::Geo.primary? && self.class.replicator_class.verification_enabled?
      return unless self.class.separate_verification_state_table? && in_verifiables?

      state = verification_state_object
      # It may have been built before the record had an ID.
      state[state.class.primary_key] = id if state.new_record?
      state.save!
    end

    def verification_state_object
      raise NotImplementedError, "#{self.class} does not say where its verification state is"
    end
  end
end
