# frozen_string_literal: true

module Organizations
  class Organization < ApplicationRecord
    self.table_name = 'organizations'
  end
end
