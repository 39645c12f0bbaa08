# frozen_string_literal: true

module EE
  module CoolWidget
    extend ActiveSupport::Concern

    prepended do
      include ::Geo::ReplicableModel
      include ::Geo::VerifiableModel

      delegate(*::Geo::VerificationState::VERIFICATION_METHODS, to: :cool_widget_state)

      with_replicator Geo::CoolWidgetReplicator

      has_one :cool_widget_state, autosave: false, inverse_of: :cool_widget, class_name: 'Geo::CoolWidgetState'

      after_save :save_verification_details

      # Override the `all` default if not all records can be replicated. For an
      # example of an existing Model that needs to do this, see
      # `EE::MergeRequestDiff`.
      # scope :available_replicables, -> { all }

      scope :available_verifiables, -> { joins(:cool_widget_state) }

      scope :checksummed, -> {
        joins(:cool_widget_state).where.not(cool_widget_states: { verification_checksum: nil })
      }

      scope :not_checksummed, -> {
        joins(:cool_widget_state).where(cool_widget_states: { verification_checksum: nil })
      }

      scope :with_verification_state, ->(state) {
        joins(:cool_widget_state)
          .where(cool_widget_states: { verification_state: verification_state_value(state) })
      }

      def verification_state_object
        cool_widget_state
      end
    end

    class_methods do
      extend ::Gitlab::Utils::Override

      # @param primary_key_in [Range, CoolWidget] arg to pass to primary_key_in scope
      # @return [ActiveRecord::Relation<CoolWidget>] everything that should be synced
      #         to this node, restricted by primary key
      def replicables_for_current_secondary(primary_key_in)
        # GitLab 16 has no selective sync by organization, so every record is in scope.
        primary_key_in(primary_key_in)
      end

      override :verification_state_table_class
      def verification_state_table_class
        ::Geo::CoolWidgetState
      end
    end

    # Geo checks this method in FrameworkRepositorySyncService to avoid
    # snapshotting repositories using object pools
    def pool_repository
      nil
    end

    def cool_widget_state
      super || build_cool_widget_state
    end
  end
end
