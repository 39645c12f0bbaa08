# frozen_string_literal: true

module Organizations
  class OrganizationUser < ApplicationRecord
    self.table_name = 'organization_users'

    belongs_to :organization, class_name: 'Organizations::Organization'
    belongs_to :user

    scope :in_organization, ->(organization) { where(organization: organization) }
  end
end
