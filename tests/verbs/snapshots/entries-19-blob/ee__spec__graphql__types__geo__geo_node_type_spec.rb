# frozen_string_literal: true

require 'spec_helper'

RSpec.describe GitlabSchema.types['GeoNode'] do
  it 'has the expected fields' do
    expected_fields = %i[
      id enabled
      boiler_registries
      package_file_registries
      cool_widget_registries
    ]

    expect(described_class).to have_graphql_fields(*expected_fields)
  end
end
