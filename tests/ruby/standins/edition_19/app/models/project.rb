# frozen_string_literal: true

class Project < ApplicationRecord
  belongs_to :group

  validates :name, presence: true

  before_create { self.organization_id ||= group&.organization_id }

  def self.selective_sync_scope(node)
    return all unless node.selective_sync?
    return where(repository_storage: node.selective_sync_shards) if node.selective_sync_by_shards?

    where(group_id: node.namespaces_for_group_owned_replicables)
  end
end
