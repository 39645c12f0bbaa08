# frozen_string_literal: true

# A site: its columns, and GitLab's own rules of what is synchronized.
class GeoNode < ApplicationRecord
  include ::Geo::SelectiveSync

  class << self
    def primary_node
      find_by(primary: true)
    end

    def secondary_nodes
      where(primary: false)
    end

    def current_node
      nil
    end
  end

  def secondary?
    !primary?
  end

  def namespaces=(groups)
    groups.each(&:save!)
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
    when 'namespaces' then Group.where(id: group_ids).or(Group.where(parent_id: group_ids))
    when 'organizations' then Group.where(organization_id: organization_ids)
    when 'shards' then Group.where(id: Project.where(repository_storage: selective_sync_shards).select(:group_id))
    else raise ::Geo::Errors::UnknownSelectiveSyncType.new(selective_sync_type: selective_sync_type)
    end
  end
end
