# frozen_string_literal: true

module EE
  module GeoHelpers
    def factory_name(klass)
      custom_mapping = {
        'Boiler' => :hot_boiler
      }

      custom_mapping[klass.name]
    end
  end
end
