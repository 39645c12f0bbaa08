# frozen_string_literal: true

module EE
  module Repository
    def log_geo_updated_event
      return unless ::Gitlab::Geo.primary?

      case container
      when Boiler # the hot ones
        container.geo_handle_after_update
      when CoolWidget
        container.geo_handle_after_update
      else
        raise "Cannot log a Geo updated event for #{container.class}"
      end
    end
  end
end
