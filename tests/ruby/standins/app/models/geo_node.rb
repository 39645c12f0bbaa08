# frozen_string_literal: true

class GeoNode < ApplicationRecord
  validates :name, presence: true
end
