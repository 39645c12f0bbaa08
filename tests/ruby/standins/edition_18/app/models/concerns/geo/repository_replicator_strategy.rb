# frozen_string_literal: true

module Geo
  # Types that are Git repositories.
  module RepositoryReplicatorStrategy
    extend ActiveSupport::Concern

    included do
      include ::Geo::VerifiableReplicator
    end

    class_methods do
      def housekeeping_enabled?
        true
      end
    end

    def repository
      raise NotImplementedError, "#{self.class} does not find its repository"
    end

    def event_payload
      { model_record_id: model_record.id }
    end

    def resource_exists?
      repository.exists?
    end

    def calculate_checksum
      repository.checksum
    end
  end
end
