# frozen_string_literal: true

class Project < ApplicationRecord
  belongs_to :group

  validates :name, presence: true
end
