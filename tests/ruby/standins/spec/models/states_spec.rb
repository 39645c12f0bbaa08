# frozen_string_literal: true

require 'spec_helper'

# The state's factory, which no generated spec uses.
RSpec.describe Geo::VerificationStateDefinition do
  let(:factory) { type.fetch('state_factory') }
  let(:checksummed) { create(factory, :checksummed) }
  let(:failed) { create(factory, :checksum_failure) }

  it 'has a trait for a state with a checksum' do
    expect(checksummed.reload.verification_checksum).to eq('abcd')
    expect(create(factory).reload.verification_checksum).to be_nil
  end

  it 'has a trait for a state without' do
    expect(failed.reload).to have_attributes(
      verification_checksum: nil, verification_failure: 'Could not calculate the checksum'
    )
  end

  it 'brings the record along' do
    record = checksummed.public_send(type.fetch('state_model'))
    expect(record).to be_a(type.fetch('model').constantize)
    expect(record.verification_state_object).to eq(checksummed)
  end
end
