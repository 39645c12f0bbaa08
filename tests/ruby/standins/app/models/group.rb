# frozen_string_literal: true

class Group < ApplicationRecord
  has_many :projects

  def add_developer(user)
    Member.create!(user: user, member_namespace_id: id)
  end
end
