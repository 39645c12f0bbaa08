# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Geo::PackagesCargoCrateReplicator, feature_category: :geo_replication do
  let(:model_record) { create(:packages_cargo_crate) }

  include_examples 'a repository replicator'
end
