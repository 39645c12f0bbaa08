# frozen_string_literal: true

# A project with the one scope that a type with this owner uses.
class Project < ApplicationRecord
  belongs_to :group

  validates :name, presence: true

  def self.selective_sync_scope(node)
    return all unless node.selective_sync?
    return where(repository_storage: node.selective_sync_shards) if node.selective_sync_by_shards?

    if node.selective_sync_by_namespaces? || node.selective_sync_by_organizations?
      return where(group_id: node.namespaces_for_group_owned_replicables)
    end

    raise ::Geo::Errors::UnknownSelectiveSyncType.new(selective_sync_type: node.selective_sync_type)
  end
end
