# frozen_string_literal: true

# A site, and what it may copy.
class GeoNode < ApplicationRecord
  validates :name, presence: true
  validates :selective_sync_type, inclusion: { in: [nil, 'namespaces', 'organizations', 'shards'] }

  def selective_sync?
    selective_sync_type.present?
  end

  %w[namespaces organizations shards].each do |way|
    define_method(:"selective_sync_by_#{way}?") { selective_sync_type == way }
  end

  def namespaces=(groups)
    self.group_ids = groups.map(&:id)
  end

  def organizations=(organizations)
    self.organization_ids = organizations.map(&:id)
  end

  def organizations
    Organizations::Organization.where(id: organization_ids)
  end

  def namespaces_for_group_owned_replicables
    case selective_sync_type
    when nil then Group.all
    when 'namespaces' then Group.where(id: group_ids).or(Group.where(parent_id: group_ids))
    when 'organizations' then Group.where(organization_id: organization_ids)
    when 'shards' then Group.where(id: Project.where(repository_storage: selective_sync_shards).select(:group_id))
    end
  end
end
