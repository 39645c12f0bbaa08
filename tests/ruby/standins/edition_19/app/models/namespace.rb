# frozen_string_literal: true

class Namespace < ApplicationRecord
  self.table_name = 'groups'

  scope :id_in, ->(ids) { where(id: ids) }
end
