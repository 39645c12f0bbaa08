# frozen_string_literal: true

RSpec.shared_examples 'a framework registry finder' do |registry_factory|
  let!(:rows) { [create(registry_factory, :synced), create(registry_factory, :failed), create(registry_factory)] }

  def found(**params)
    described_class.new(nil, params).execute.to_a
  end

  it 'finds all rows in order' do
    expect(described_class.name).to eq(type.fetch('finder_class'))
    expect(found).to eq(rows)
  end

  it 'finds rows by ID and state' do
    expect(found(ids: rows.first(2).map(&:id))).to eq(rows.first(2))
    expect(found(replication_state: 'failed')).to eq([rows.second])
    expect(found(verification_state: 'verification_pending')).to eq([rows.first])
  end
end

RSpec.shared_examples 'a Geo registries resolver' do |registry_factory|
  let!(:rows) { create_list(registry_factory, 2) }

  def resolved(**arguments)
    described_class.new(object: nil, context: {}, field: nil).resolve(**arguments).to_a
  end

  it 'resolves to rows of its registry' do
    expect(described_class.ancestors).to include(Resolvers::BaseResolver, Resolvers::Geo::RegistriesResolver)
    expect(resolved).to eq(rows)
    expect(resolved(ids: [rows.last.id.to_s])).to eq([rows.last])
  end

  it 'resolves to nothing while the flag is off' do
    stub_feature_flags(type.fetch('replication_flag') => false)
    expect(resolved).to be_empty
  end

  it 'has the type of a connection that may be null' do
    expect(described_class.type).to eq(Types::Geo::GeoNodeType.connection_type)
    expect(described_class.null).to be(true)
  end
end

RSpec.shared_examples 'a Geo registry type' do
  it 'is a registry type' do
    expect(described_class.ancestors).to include(Types::BaseObject, Types::Geo::RegistryType)
    expect(described_class.name).to eq(type.fetch('type_class'))
    expect(described_class.graphql_name).to eq(type.fetch('graphql_type'))
    expect(described_class.authorizations).to eq([:read_geo_registry])
    expect(described_class.description).to match(/\ARepresents the Geo replication and verification state of an? \w/)
  end

  it 'has an ID of the record, never null' do
    field = described_class.fields.fetch(type.fetch('graphql_foreign_key'))
    expect(field.type.to_type_signature).to eq('ID!')
    expect(field.description).to eq("ID of the #{type.fetch('title')}.")
  end
end
