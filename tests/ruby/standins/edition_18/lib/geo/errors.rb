# frozen_string_literal: true

module Geo
  module Errors
    class UnknownSelectiveSyncType < StandardError
      def initialize(selective_sync_type:)
        super("unknown selective sync type: #{selective_sync_type}")
      end
    end
  end
end
