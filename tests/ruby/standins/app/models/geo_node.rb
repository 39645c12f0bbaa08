# frozen_string_literal: true

# A site, and what it may copy.
class GeoNode < ApplicationRecord
  validates :name, presence: true
  validates :selective_sync_type, inclusion: { in: [nil, 'namespaces'] }

  def selective_sync?
    selective_sync_type.present?
  end

  def namespaces=(groups)
    self.group_ids = groups.map(&:id)
  end

  def namespaces_for_group_owned_replicables
    selective_sync? ? Group.where(id: group_ids) : Group.all
  end

  def projects
    selective_sync? ? Project.where(group_id: group_ids) : Project.all
  end
end
