# frozen_string_literal: true

class Group < ApplicationRecord
  belongs_to :parent, class_name: 'Group'
  belongs_to :organization, class_name: 'Organizations::Organization'
  has_many :projects

  def add_developer(user)
    Member.create!(user: user, member_namespace_id: id, source_type: 'Namespace', source_id: id)
  end
end
