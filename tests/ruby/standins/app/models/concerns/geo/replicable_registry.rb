# frozen_string_literal: true

module Geo
  # The copy's state: pending, started, synced or failed.
  module ReplicableRegistry
    extend ActiveSupport::Concern

    STATES = { pending: 0, started: 1, synced: 2, failed: 3 }.freeze

    included do
      state_machine :state, initial: :pending do
        STATES.each { |name, value| state name, value: value }

        before_transition any => :failed do |registry|
          registry.retry_count += 1
          registry.retry_at = (2**registry.retry_count).minutes.from_now
        end
        before_transition any => :synced do |registry|
          registry.assign_attributes(retry_count: 0, retry_at: nil, last_sync_failure: nil)
        end
        before_transition any => :started do |registry|
          registry.last_synced_at = Time.current
        end

        event(:start) { transition any => :started }
        event(:synced) { transition started: :synced }
        event(:fail_sync) { transition started: :failed }
        event(:resync) { transition any => :pending }
      end

      STATES.each { |name, value| scope name, -> { where(state: value) } }
      scope :never_attempted, -> { where(state: STATES[:pending], last_synced_at: nil) }
      scope :retry_due, -> { where(retry_at: nil).or(where(arel_table[:retry_at].lt(Time.current))) }
    end

    class_methods do
      def state_value(name)
        STATES.fetch(name)
      end
    end

    def replicator
      self.class.replicator_class.new(model_record_id: model_record_id)
    end

    def failed!(message)
      self.last_sync_failure = message.truncate(255)
      fail_sync!
    end
  end
end
