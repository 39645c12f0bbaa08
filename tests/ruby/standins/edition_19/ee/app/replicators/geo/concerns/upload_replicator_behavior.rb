# frozen_string_literal: true

module Geo
  module Concerns
    # A type whose records are rows of `uploads`.
    module UploadReplicatorBehavior
      def carrierwave_uploader
        model_record.retrieve_uploader
      end
    end
  end
end
