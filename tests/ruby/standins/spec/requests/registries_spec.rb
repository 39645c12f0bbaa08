# frozen_string_literal: true

require 'spec_helper'

# The way from a query to the rows, through schema, type, resolver and finder.
RSpec.describe GitlabSchema do
  let(:field) { type.fetch('graphql_field_camel') }
  let(:key) { type.fetch('graphql_foreign_key') }

  before do
    create(:geo_node, :primary)
  end

  def nodes(arguments = '')
    query = "{ geoNode { #{field}#{arguments} { nodes { id #{key} state verificationState } } } }"
    answer = described_class.execute(query).to_h
    expect(answer).not_to include('errors')
    answer.dig('data', 'geoNode', field, 'nodes')
  end

  it 'returns the rows of the registry' do
    rows = [create(type.fetch('registry_factory'), :synced), create(type.fetch('registry_factory'))]
    expected = rows.map do |row|
      { 'id' => row.id.to_s, key => row.model_record_id.to_s, 'state' => row.state_name.to_s,
        'verificationState' => 'verification_pending' }
    end
    expect(nodes).to eq(expected)
    expect(nodes('(first: 1)')).to eq(expected.first(1))
    expect(nodes('(replicationState: "pending")')).to eq(expected.last(1))
  end

  it 'returns nothing while the flag is off' do
    create(type.fetch('registry_factory'))
    stub_feature_flags(type.fetch('replication_flag') => false)
    expect(nodes).to be_empty
  end
end
