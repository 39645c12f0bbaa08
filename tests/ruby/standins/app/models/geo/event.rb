# frozen_string_literal: true

module Geo
  class Event < ApplicationRecord
    self.table_name = 'geo_events'

    validates :replicable_name, :event_name, presence: true
  end
end
