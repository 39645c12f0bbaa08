# frozen_string_literal: true

module Geo
  class CoolWidgetUploadRegistry < Geo::BaseRegistry
    include ::Geo::ReplicableRegistry
    include ::Geo::VerifiableRegistry
    include ::Geo::PartitionUploadRegistry

    belongs_to :cool_widget_upload, class_name: 'Geo::CoolWidgetUpload'

    def self.model_class
      ::Geo::CoolWidgetUpload
    end

    def self.model_foreign_key
      :cool_widget_upload_id
    end

    # A partition of `uploads` has no `updated_at`.
    def self.model_updated_last
      :created_at
    end
  end
end
