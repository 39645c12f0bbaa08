# frozen_string_literal: true

module Geo
  # Reads the rows of cool_widget_uploads, a partition of uploads, for Geo. This class is read-only: Upload writes
  # the rows, and PostgreSQL puts each one into the partition of its model_type.
  class CoolWidgetUpload < ::Upload
    include ::Geo::ReplicableModel
    include ::Geo::VerifiableModel

    self.table_name = 'cool_widget_uploads'
    # The primary key of uploads is (id, model_type); all partitions share one sequence of ids.
    self.primary_key = :id

    delegate(*::Geo::VerificationState::VERIFICATION_METHODS, to: :cool_widget_upload_state)

    with_replicator Geo::CoolWidgetUploadReplicator

    has_one :cool_widget_upload_state,
      autosave: false,
      inverse_of: :cool_widget_upload,
      class_name: 'Geo::CoolWidgetUploadState'

    scope :with_verification_state, ->(state) {
      joins(:cool_widget_upload_state)
        .where(cool_widget_upload_states: { verification_state: verification_state_value(state) })
    }

    scope :project_id_in, ->(ids) { where(project_id: ids) }

    def verification_state_object
      cool_widget_upload_state
    end

    def cool_widget_upload_state
      super || build_cool_widget_upload_state
    end

    class << self
      extend ::Gitlab::Utils::Override

      # @return [ActiveRecord::Relation<Geo::CoolWidgetUpload>] scope observing selective sync settings of the given
      # node
      override :selective_sync_scope
      def selective_sync_scope(node, **params)
        replicables = params.fetch(:replicables, all)
        replicables = replicables.primary_key_in(params[:primary_key_in]) if params[:primary_key_in].present?

        return replicables unless node.selective_sync?

        if node.selective_sync_by_namespaces? || node.selective_sync_by_shards?
          project_ids = ::Project.selective_sync_scope(node).select(:id)
          replicables.project_id_in(project_ids)
        elsif node.selective_sync_by_organizations?
          organization_ids = node.organizations.select(:id)
          project_ids = ::Project.where(organization_id: organization_ids).select(:id)
          replicables.project_id_in(project_ids)
        else
          raise ::Geo::Errors::UnknownSelectiveSyncType.new(selective_sync_type: node.selective_sync_type)
        end
      end

      override :verification_state_model_key
      def verification_state_model_key
        :cool_widget_upload_id
      end

      override :verification_state_table_class
      def verification_state_table_class
        ::Geo::CoolWidgetUploadState
      end
    end
  end
end
