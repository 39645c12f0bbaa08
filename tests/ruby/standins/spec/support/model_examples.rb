# frozen_string_literal: true

RSpec.shared_examples 'a replicable model with a separate table for verification state' do
  # The group that includes this has examples of its own.
  context 'with its verification state' do
    let(:state_class) { described_class.verification_state_table_class }
    let(:state_key) { edition_18? ? type.fetch('state_foreign_key') : state_class.primary_key }
    let(:state_of) { ->(record) { state_class.find_by!(state_key => record.id) } }

    before do
      stub_primary_site
      verifiable_model_record.save!
    end

    it 'is the model of its replicator' do
      expect(described_class).to include(Geo::ReplicableModel, Geo::VerifiableModel)
      expect(described_class.replicator_class.model).to eq(described_class)
      expect(verifiable_model_record.replicator).to be_a(described_class.replicator_class)
      expect(verifiable_model_record.replicator.model_record).to equal(verifiable_model_record)
    end

    it 'has an owner from its factory, whatever the project' do
      next if own_class? # whose rows have the owner of another record

      project = create(:project, group: create(:group))
      owner = Array(type.fetch('owner')).first || 'project'
      record = create(model_factory_of(described_class), project: project)
      expected = { 'project' => project, 'group' => project.group }
      if owner == 'none'
        expect(record).not_to respond_to(:project)
      else
        expect(verifiable_model_record.public_send(owner)).to be_present
        expect(record.public_send(owner)).to eq(expected.fetch(owner) { record.public_send(owner) })
      end
    end

    it 'keeps the verification state in a table of its own' do
      expect(state_class.ancestors).to include(ApplicationRecord, Geo::VerificationStateDefinition)
      expect(state_class.table_name).to eq(type.fetch('state_table'))
      expect(described_class).to be_separate_verification_state_table
    end

    it 'saves the details with a new record, once' do
      expect(state_class.count).to eq(1)
      expect(state_of.call(verifiable_model_record)).to be_verification_pending
      verifiable_model_record.save!
      expect(state_class.count).to eq(1)
    end

    it 'finds the saved details again, and from there itself' do
      record = described_class.find(verifiable_model_record.id)
      expect(record.verification_state_object).to eq(state_of.call(record))
      expect(record.verification_state_object).to be_persisted
      expect(record.verification_state_object.public_send(type.fetch('state_model'))).to equal(record)
    end

    it 'saves no details on a secondary site' do
      Gitlab::Geo.primary = false
      # Edition 18's traits verify, which a secondary site does not do.
      traits = edition_18? ? [] : [:verification_failed]
      expect { create(model_factory_of(described_class), *traits) }.not_to change(state_class, :count)
    end

    it 'builds the details that are not there yet' do
      state_class.delete_all
      record = described_class.find(verifiable_model_record.id)
      expect(record.verification_state_object).to be_new_record
      expect { record.save! }.to change(state_class, :count).by(1)
    end

    it 'passes the details on' do
      verifiable_model_record.verification_failure = 'No luck'
      verifiable_model_record.verification_started!
      expect(state_of.call(verifiable_model_record)).to have_attributes(
        verification_state_name: :verification_started, verification_failure: 'No luck'
      )
      expect(Geo::VerificationState::VERIFICATION_METHODS.reject { |name| verifiable_model_record.respond_to?(name) })
        .to be_empty
    end

    it 'saves changed details with the record' do
      verifiable_model_record.verification_failure = 'No luck'
      verifiable_model_record.save!
      expect(state_of.call(verifiable_model_record).verification_failure).to eq('No luck')
    end

    it 'tells records with a checksum from those without' do
      checksummed = create(model_factory_of(described_class), :verification_succeeded)
      expect(described_class.checksummed).to contain_exactly(checksummed)
      expect(described_class.not_checksummed).to contain_exactly(verifiable_model_record)
      expect(checksummed.reload.verification_checksum).to eq('abcd')
    end

    it 'finds records by their verification state' do
      succeeded = create(model_factory_of(described_class), :verification_succeeded)
      failed = create(model_factory_of(described_class), :verification_failed)
      expect(described_class.with_verification_state(:verification_pending)).to contain_exactly(verifiable_model_record)
      expect(described_class.verification_succeeded).to contain_exactly(succeeded)
      expect(described_class.verification_failed).to contain_exactly(failed)
      expect(failed.verification_failure).to eq('Could not calculate the checksum')
      # Edition 18's trait goes through the transition, which sets the time of the next try; that of a partition writes
      # the state alone.
      due = edition_18? && !own_class? ? [] : [failed]
      expect(described_class.needs_verification).to contain_exactly(verifiable_model_record, *due)
    end

    it 'offers only records with details for verification' do
      expect(described_class.available_verifiables).to contain_exactly(verifiable_model_record)
      state_class.delete_all
      expect(described_class.available_verifiables).to be_empty
    end

    it 'takes the records without a time first' do
      verified = create(model_factory_of(described_class))
      verified.verification_state_object.update!(verified_at: 1.day.ago)
      expect(described_class.verification_pending_batch(batch_size: 2)).to eq([verifiable_model_record, verified])
    end

    it 'loses the details with the record' do
      described_class.where(id: verifiable_model_record.id).delete_all
      expect(state_class.count).to eq(0)
    end

    it 'has limits in the database' do
      state = state_class.where(state_key => verifiable_model_record.id)
      expect { state.update_all(verification_failure: 'a' * 256) }.to raise_error(ActiveRecord::StatementInvalid)
    end

    # Of a repository every record is verifiable, unless a person says otherwise.
    it 'saves no details of what is not verifiable' do
      record = unverifiable_model_record
      if described_class.include?(ObjectStorable)
        expect { record.save! }.not_to change(state_class, :count)
        expect(record).not_to be_in_verifiables
      elsif edition_18? || type.fetch('owner')
        expect(record).to be_nil
      else
        expect(record).to be_a(described_class)
      end
    end

    it 'reports what is missing in the state' do
      state = state_class.new(verification_failure: 'a' * 256)
      expect(state).not_to be_valid
      of_model = edition_18? ? [] : [:verification_failure]
      expect(state.errors.map(&:attribute)).to contain_exactly(type.fetch('state_model').to_sym, *of_model)
    end

    it 'is in no pool, if it is a repository' do
      next if edition_18? # which asks the projects only

      if described_class.include?(WithRepository)
        expect(verifiable_model_record.pool_repository).to be_nil
      else
        expect(verifiable_model_record).not_to respond_to(:pool_repository)
      end
    end

    # Without an owner nobody but a person can say which records to copy.
    unless Application.type.fetch('owner')
      it 'does not guess what to replicate' do
        expect { described_class.replicables_for_current_secondary(1..10) }
          .to raise_error(NotImplementedError, /Select the records/)
      end
    end
  end
end

RSpec.shared_examples 'a verifiable model for verification state' do
  include_examples 'a replicable model with a separate table for verification state'

  it 'names the column of its ID in the table of states' do
    expect(described_class.verification_state_model_key.to_s).to eq(type.fetch('state_foreign_key'))
    key = own_class? ? type.fetch('state_foreign_key') : 'id'
    expect(described_class.verification_state_table_class.primary_key).to eq(key)
  end
end
