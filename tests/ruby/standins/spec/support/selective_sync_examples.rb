# frozen_string_literal: true

# Edition 18's, of models that belong to a project or a group.
RSpec.shared_examples 'Geo Framework selective sync behavior' do
  include EE::GeoHelpers

  let(:node) { create(:geo_node, sync_object_storage: true) }
  let(:selected) do
    [first_replicable_and_in_selective_sync, second_replicable_and_in_selective_sync].tap do |records|
      records << third_replicable_on_object_storage_and_in_selective_sync if described_class.include?(ObjectStorable)
    end
  end
  let(:every_id) { described_class.minimum(:id)..described_class.maximum(:id) }

  before do
    stub_current_geo_node(node)
  end

  def found(ids = every_id)
    described_class.replicables_for_current_secondary(ids)
  end

  it 'finds everything without selective sync, within the IDs' do
    expect(found).to contain_exactly(*selected, last_replicable_and_not_in_selective_sync)
    expect(found(selected.first.id)).to contain_exactly(selected.first)
    expect(described_class.selective_sync_scope(node)).to include(*selected)
  end

  it 'finds what namespaces, organizations and storages select' do
    node.update!(selective_sync_type: 'namespaces', namespaces: [group_1])
    expect(found).to match_array(selected)
    expect(found(selected.second.id)).to contain_exactly(selected.second)
    node.update!(selective_sync_type: 'organizations', organizations: [group_1.organization])
    expect(found).to match_array(selected)
    next unless respond_to?(:project_1) # only projects are on a storage

    node.update!(selective_sync_type: 'shards', selective_sync_shards: ['default'])
    expected = selected
    # A file is on no storage, but its project is.
    expected += [last_replicable_and_not_in_selective_sync] if described_class.include?(ObjectStorable)
    expect(found).to match_array(expected)
  end

  it 'takes the records that it is given to choose from' do
    given = described_class.where(id: selected.first.id)
    expect(described_class.selective_sync_scope(node, replicables: given)).to eq([selected.first])
  end

  it 'leaves out object storage unless the site syncs it' do
    node.update!(sync_object_storage: false)
    local = selected.first(2) << last_replicable_and_not_in_selective_sync
    expect(found).to match_array(local)
  end
end
