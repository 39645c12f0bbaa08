# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Resolvers::Geo::PackagesCargoCrateRegistriesResolver, feature_category: :geo_replication do
  it_behaves_like 'a Geo registries resolver', :geo_packages_cargo_crate_registry
end
