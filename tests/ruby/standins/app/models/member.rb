# frozen_string_literal: true

# A user in a group; who has asked to be one is none yet.
class Member < ApplicationRecord
  belongs_to :user

  scope :non_request, -> { where(requested_at: nil) }
end
