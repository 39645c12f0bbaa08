# frozen_string_literal: true

module Geo
  module ReplicableRegistry
    extend ActiveSupport::Concern

    class_methods do
      def model_updated_last
        :updated_at
      end
    end
  end
end
