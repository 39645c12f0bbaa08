# frozen_string_literal: true

module Geo
  # The records of a secondary site's own database.
  class TrackingBase < ActiveRecord::Base
    extend ShaAttribute

    self.abstract_class = true
    establish_connection(JSON.parse(ENV.fetch('GEO_DATABASE')))
  end
end
