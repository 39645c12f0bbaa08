# frozen_string_literal: true

module Geo
  class CoolWidgetReplicator < Gitlab::Geo::Replicator
    include ::Geo::BlobReplicatorStrategy

    def self.model
      ::CoolWidget
    end

    # @return [String] human-readable title.
    def self.replicable_title
      s_('Geo|Cool Widget')
    end

    # @return [String] pluralized human-readable title.
    def self.replicable_title_plural
      s_('Geo|Cool Widgets')
    end

    # The registry has no GraphQL type yet.
    def self.graphql_registerable?
      false
    end

    def carrierwave_uploader
      model_record.file
    end
  end
end
