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
      def selective_sync_scope(node, **params)
        # Select the records that a secondary site replicates under its selective sync settings:
        #
        # * by namespace: the records of the selected groups, of their descendants and of their projects
        # * by organization: the records of the selected organizations
        #
        # Select from `params[:replicables]` if given, restrict to `params[:primary_key_in]`, and raise
        # ::Geo::Errors::UnknownSelectiveSyncType for any other setting.
        raise NotImplementedError,
          'Select the records to sync to this node: the comment above says what to consider'
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
