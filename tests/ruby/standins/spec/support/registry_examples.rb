# frozen_string_literal: true

RSpec.shared_examples 'a Geo framework registry' do
  let(:registry_factory) { registry_factory_of(described_class) }
  let(:model_class) { described_class.model_class }
  let(:key) { described_class.model_foreign_key }
  let(:associations) do
    described_class.reflect_on_all_associations(:belongs_to).select { |found| found.foreign_key.to_s == key.to_s }
  end

  it 'starts with an empty table' do
    expect(described_class.count).to eq(0)
  end

  it 'is a registry in the tracking database' do
    expect(described_class.ancestors).to include(Geo::BaseRegistry, Geo::ReplicableRegistry)
    expect(described_class.table_name).to eq(type.fetch('registry_table'))
    expect(described_class.connection).to equal(Geo::TrackingBase.connection)
  end

  it 'belongs to the model whose replicator finds it' do
    expect(model_class.name).to eq(type.fetch('model'))
    expect(associations.map(&:klass)).to eq([model_class])
    expect(described_class.replicator_class.registry_class).to eq(described_class)
    row = create(registry_factory)
    expect(row.public_send(associations.first.name)).to eq(model_class.find(row.model_record_id))
    expect(row.replicator.model_record.id).to eq(row.model_record_id)
  end

  it 'has a row for each record, and one only' do
    row = create(registry_factory)
    missing = create(model_factory_of(model_class))
    expect(described_class.find_registry_differences([row.model_record_id, missing.id])).to eq([[missing.id], []])
    described_class.insert_for_model_ids([missing.id])
    expect(described_class.pending.count).to eq(2)
    expect { described_class.insert_for_model_ids([missing.id]) }.to raise_error(ActiveRecord::RecordNotUnique)
  end

  it 'notices rows without a record' do
    row = create(registry_factory)
    id = row.model_record_id
    model_class.where(id: id).delete_all
    expect(described_class.find_registry_differences([id])).to eq([[], [id]])
    expect(described_class.delete_for_model_ids([id])).to eq(1)
  end

  it 'has a factory for each state' do
    rows = %i[pending synced failed started].to_h do |state|
      [state, state == :pending ? create(registry_factory) : create(registry_factory, state)]
    end
    rows.each { |state, row| expect(described_class.public_send(state)).to contain_exactly(row) }
    expect(described_class.never_attempted).to contain_exactly(rows[:pending])
    expect(described_class.retry_due).to match_array(rows.values - [rows[:failed]])
    expect(rows[:failed]).to have_attributes(retry_count: 2, last_sync_failure: 'Random error')
    expect(rows.values_at(:synced, :failed, :started).map(&:last_synced_at)).to all(be_past)
  end

  it 'goes from state to state' do
    row = create(registry_factory)
    row.start!
    row.failed!('No luck')
    expect(row.reload).to have_attributes(state_name: :failed, retry_count: 1, last_sync_failure: 'No luck')
    expect(row.retry_at).to be_future
    row.start!
    row.synced!
    expect(row.reload).to have_attributes(state_name: :synced, retry_count: 0, last_sync_failure: nil, retry_at: nil)
  end

  it 'has limits in the database' do
    create(registry_factory)
    %i[last_sync_failure verification_failure].each do |column|
      described_class.transaction(requires_new: true) do
        expect { described_class.update_all(column => 'a' * 256) }.to raise_error(ActiveRecord::StatementInvalid)
        raise ActiveRecord::Rollback
      end
    end
  end

  # Since edition 18 one name stands for both.
  include_examples 'a Geo verifiable registry' if Application.since?(18)

  it 'is checked for consistency' do
    expect(Geo::Secondary::RegistryConsistencyWorker::REGISTRY_CLASSES).to include(described_class)
  end
end

RSpec.shared_examples 'a Geo verifiable registry' do
  let(:registry_factory) { registry_factory_of(described_class) }

  it 'is verifiable' do
    expect(described_class.ancestors).to include(Geo::VerifiableRegistry)
  end

  it 'has a factory for a verified row' do
    row = create(registry_factory, :synced, :verification_succeeded)
    expect(described_class.verification_succeeded).to contain_exactly(row)
    expect(row.reload.verification_checksum).to match(/\A\h{40}\z/)
    expect(row.verified_at).to be_past
  end

  it 'verifies only what is synced' do
    synced = create(registry_factory, :synced)
    create(registry_factory)
    create(registry_factory, :synced, :verification_succeeded)
    expect(described_class.needs_verification_count(limit: 5)).to eq(1)
    expect(described_class.verification_pending_batch(batch_size: 5)).to contain_exactly(synced)
  end

  it 'keeps the checksum that does not match' do
    row = create(registry_factory, :synced, :verification_succeeded)
    checksum = row.verification_checksum
    row.verify_against(checksum)
    expect(row.reload).to be_verification_succeeded
    row.verify_against('abcd')
    expect(row.reload).to have_attributes(
      verification_state_name: :verification_failed, checksum_mismatch: true, verification_checksum: nil,
      verification_checksum_mismatched: checksum, verification_retry_count: 1
    )
    expect(described_class.verification_failed_batch(batch_size: 5)).to be_empty
  end
end

RSpec.shared_examples 'a Geo framework partition upload registry' do
  it 'is kept only while no other type serves all of uploads' do
    expect(described_class.ancestors).to include(Geo::PartitionUploadRegistry)
    expect(described_class).to be_registry_consistency_worker_enabled
    stub_feature_flags('geo_upload_replication' => true)
    expect(described_class).not_to be_registry_consistency_worker_enabled
  end

  it 'takes the time of creation, as nothing else changes' do
    expect(described_class.model_updated_last).to eq(:created_at)
    expect(described_class.model_class.column_names).to include('created_at')
  end
end
