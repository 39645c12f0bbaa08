# frozen_string_literal: true

class User < ApplicationRecord
  has_many :organization_users, class_name: 'Organizations::OrganizationUser'
  has_many :organizations, through: :organization_users
end
