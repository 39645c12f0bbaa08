# frozen_string_literal: true

module Geo
  # Types that are files.
  module BlobReplicatorStrategy
    extend ActiveSupport::Concern

    included do
      include ::Geo::VerifiableReplicator
    end

    def carrierwave_uploader
      raise NotImplementedError, "#{self.class} does not find its file"
    end

    def blob_path
      carrierwave_uploader.relative_path
    end

    def event_payload
      { model_record_id: model_record.id, blob_path: blob_path, uploader_class: carrierwave_uploader.class.name }
    end

    def resource_exists?
      carrierwave_uploader.exists?
    end

    def calculate_checksum
      Digest::SHA256.hexdigest(blob_path)
    end
  end
end
