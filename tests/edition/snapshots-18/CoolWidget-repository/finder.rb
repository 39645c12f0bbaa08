# frozen_string_literal: true

module Geo
  class CoolWidgetRegistryFinder
    include FrameworkRegistryFinder
  end
end
