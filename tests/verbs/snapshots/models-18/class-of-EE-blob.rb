# frozen_string_literal: true

class CoolWidget < ApplicationRecord
  extend ::Gitlab::Utils::Override

  include Sortable
  include ::Geo::ReplicableModel
  include ::Geo::VerifiableModel
  include ObjectStorable

  STORE_COLUMN = :file_store

  delegate(*::Geo::VerificationState::VERIFICATION_METHODS, to: :cool_widget_state)

  with_replicator Geo::CoolWidgetReplicator

  has_one :cool_widget_state, autosave: false, inverse_of: :cool_widget, class_name: 'Geo::CoolWidgetState'

  scope :with_verification_state, ->(state) {
    joins(:cool_widget_state)
      .where(cool_widget_states: { verification_state: verification_state_value(state) })
  }

  belongs_to :project

  def self.cool
    where(hot: false)
  end

  def hot?
    hot
  end

  override :selective_sync_scope
  def self.selective_sync_scope(node, **params)
    replicables = params.fetch(:replicables, all)
    replicables = replicables.primary_key_in(params[:primary_key_in]) if params[:primary_key_in].present?

    return replicables unless node.selective_sync?

    replicables.where(project_id: ::Project.selective_sync_scope(node).select(:id))
  end

  override :verification_state_model_key
  def self.verification_state_model_key
    :cool_widget_id
  end

  override :verification_state_table_class
  def self.verification_state_table_class
    ::Geo::CoolWidgetState
  end

  def cool_widget_state
    super || build_cool_widget_state
  end

  def verification_state_object
    cool_widget_state
  end

  private

  def hidden = 1
end
