# frozen_string_literal: true

RSpec.shared_examples 'a replicator' do
  let(:replicator) { model_record.replicator }
  let(:prefix) { edition_18? ? 'geo_' : '' }

  include_examples 'a verifiable replicator' if Application.since?(18)

  before do
    model_record.save!
  end

  it 'is found by name, and finds model and registry' do
    expect(described_class.replicable_name).to eq(type.fetch('name'))
    expect(Gitlab::Geo::Replicator.for_replicable_name(type.fetch('name'))).to eq(described_class)
    expect(Gitlab::Geo.replicator_classes).to include(described_class)
    expect(described_class.model.name).to eq(type.fetch('model'))
    expect(model_record).to be_a(described_class.model)
    expect(described_class.model.replicator_class).to eq(described_class)
    expect(described_class.registry_class.model_class).to eq(described_class.model)
  end

  it 'publishes events while the flag is on' do
    expect { replicator.public_send("#{prefix}handle_after_update") }.to change(Geo::Event, :count).by(1)
    event = Geo::Event.last
    expect(event).to have_attributes(replicable_name: type.fetch('name'), event_name: 'updated')
    expect(event.payload).to include(expected_payload)

    stub_feature_flags(type.fetch('replication_flag') => false)
    expect { replicator.public_send("#{prefix}handle_after_destroy") }.not_to change(Geo::Event, :count)
  end

  it 'copies what an event announces, and forgets what is deleted' do
    registry = described_class.registry_class
    described_class.new(model_record_id: model_record.id).consume(:created)
    expect(registry.synced.pluck(registry.model_foreign_key)).to eq([model_record.id])
    replicator.consume(:deleted)
    expect(registry.count).to eq(0)
  end

  it 'has titles, since edition 18' do
    next expect(described_class).not_to(respond_to(:replicable_title)) unless edition_18?

    expect(described_class.replicable_title).to eq(type.fetch('title'))
    expect(described_class.replicable_title_plural).to eq(type.fetch('title_plural'))
  end

  it 'has its flag off before the release' do
    Feature.states.clear
    expect(described_class).not_to be_enabled
  end
end

RSpec.shared_examples 'a repository replicator' do
  let(:expected_payload) { { 'model_record_id' => model_record.id } }

  include_examples 'a replicator'

  it 'is a repository replicator' do
    expect(described_class.ancestors).to include(Geo::RepositoryReplicatorStrategy)
    expect(replicator.repository).to equal(model_record.repository)
  end

  it 'can be fetched' do
    next expect(described_class).not_to(respond_to(:git_access_class)) if edition_18?

    expect(described_class.git_access_class.name).to eq(type.fetch('git_access_class'))
    expect(described_class.no_repo_message).to eq('A repository for this record does not exist yet.')
  end

  it 'is not kept house for' do
    expect(described_class).not_to be_housekeeping_enabled
  end
end

RSpec.shared_examples 'a blob replicator' do
  let(:expected_payload) do
    {
      'model_record_id' => model_record.id,
      'blob_path' => model_record.file.relative_path,
      'uploader_class' => type.fetch('uploader_class')
    }
  end

  include_examples 'a replicator'

  it 'is a blob replicator' do
    expect(described_class.ancestors).to include(Geo::BlobReplicatorStrategy)
    expect(replicator.carrierwave_uploader).to be_a(type.fetch('uploader_class').constantize)
    expect(replicator.carrierwave_uploader).to have_attributes(model: model_record, mounted_as: :file)
  end
end

# Of a type whose records are rows that another class writes.
RSpec.shared_examples 'a blob replicator with a read-only replicable model' do
  let(:expected_payload) do
    {
      'model_record_id' => model_record.id,
      'blob_path' => model_record.retrieve_uploader.relative_path,
      'uploader_class' => 'FileUploader'
    }
  end

  include_examples 'a replicator'

  it 'is a blob replicator' do
    expect(described_class.ancestors).to include(Geo::BlobReplicatorStrategy)
  end

  it 'reads what Upload has written' do
    expect(Upload.where(id: model_record.id).pluck(:model_type)).to eq([described_class.model.name[/Geo::(.*)Upload/, 1]])
  end
end

RSpec.shared_examples 'a blob replicator with upload replicator behavior' do
  it 'takes the uploader of the row' do
    expect(described_class.ancestors).to include(Geo::Concerns::UploadReplicatorBehavior)
    expect(model_record.replicator.carrierwave_uploader).to be_a(FileUploader)
  end
end

RSpec.shared_examples 'a verifiable replicator' do
  it 'is verified as soon as it is replicated' do
    expect(described_class).to be_verification_enabled
    stub_feature_flags(type.fetch('replication_flag') => false)
    expect(described_class).not_to be_verification_enabled
    next unless edition_18?

    stub_feature_flags(type.fetch('checksumming_flag') => true)
    expect(described_class).to be_verification_enabled
  end

  it 'saves the checksum in the state' do
    stub_primary_site
    model_record.save!
    model_record.replicator.verify
    expect(described_class.model.verification_succeeded).to contain_exactly(model_record)
    expect(described_class.model.checksummed).to contain_exactly(model_record)
    expect(described_class.model.find(model_record.id).verification_checksum)
      .to eq(model_record.replicator.calculate_checksum)
  end
end
