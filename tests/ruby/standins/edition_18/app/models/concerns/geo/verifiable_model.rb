# frozen_string_literal: true

module Geo
  # A model whose records are verified, with what edition 16 had in each model.
  module VerifiableModel
    extend ActiveSupport::Concern

    included do
      include ::Geo::VerificationState

      after_save :save_verification_details

      scope :available_verifiables, -> { joins(klass.verification_state_association) }
      scope :checksummed, -> {
        available_verifiables.where.not(klass.verification_arel_table[:verification_checksum].eq(nil))
      }
      scope :not_checksummed, -> {
        available_verifiables.where(klass.verification_arel_table[:verification_checksum].eq(nil))
      }
    end

    class_methods do
      # The column of the table of states that has the record's ID.
      def verification_state_model_key
        verification_state_table_class.primary_key
      end

      def verification_state_association
        reflect_on_all_associations(:has_one).find { |found| found.klass == verification_state_table_class }.name
      end
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
      state[self.class.verification_state_model_key] = id if state.new_record?
      state.save!
    end

    def verification_state_object
      raise NotImplementedError, "#{self.class} does not say where its verification state is"
    end
  end
end
