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

      # @return [ActiveRecord::Relation<CoolWidget>] scope observing selective sync settings of the given node
      override :selective_sync_scope
      def selective_sync_scope(_node, **params)
        replicables = params.fetch(:replicables, all)
        replicables = replicables.primary_key_in(params[:primary_key_in]) if params[:primary_key_in].present?

        # These records have no owner, so every selection includes all of them.
        replicables
      end

      override :verification_state_model_key
      def verification_state_model_key
        :cool_widget_id
      end

      override :verification_state_table_class
      def verification_state_table_class
        ::Geo::CoolWidgetState
      end
    end

    def cool_widget_state
      super || build_cool_widget_state
    end
  end
end
