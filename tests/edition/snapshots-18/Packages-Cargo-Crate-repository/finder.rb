# frozen_string_literal: true

module Geo
  class PackagesCargoCrateRegistryFinder
    include FrameworkRegistryFinder
  end
end
