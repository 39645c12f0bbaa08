# frozen_string_literal: true

module ObjectStorage
  # An uploader that may store remotely.
  module Concern
    extend ActiveSupport::Concern

    included do
      class_attribute :object_storage_enabled, instance_writer: false, default: false
    end

    class_methods do
      def object_store_options
        { bucket: name.underscore }
      end
    end
  end
end
