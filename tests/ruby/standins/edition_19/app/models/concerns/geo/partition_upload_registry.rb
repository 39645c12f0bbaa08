# frozen_string_literal: true

module Geo
  # A registry of one partition of `uploads`, which stands back while another type serves all of them.
  module PartitionUploadRegistry
    extend ActiveSupport::Concern

    class_methods do
      def registry_consistency_worker_enabled?
        !Feature.states['geo_upload_replication']
      end
    end
  end
end
