# frozen_string_literal: true

module EE
  module API
    module Geo
      prepended do
        resource :geo do
          params do
            requires :geo_node_id, type: Integer, desc: 'Geo Node ID'
            optional :status, type: Hash do
              optional :boilers_count, type: Integer, desc: 'Boilers count'
              optional :boilers_failed_count, type: Integer, desc: 'Boilers failed count'
              optional :cool_widgets_count, type: Integer, desc: 'Cool widgets count'
              optional :cool_widgets_checksum_total_count, type: Integer, desc: 'Cool widgets checksum total count'
              optional :cool_widgets_checksummed_count, type: Integer, desc: 'Cool widgets checksummed count'
              optional :cool_widgets_checksum_failed_count, type: Integer, desc: 'Cool widgets checksum failed count'
              optional :cool_widgets_synced_count, type: Integer, desc: 'Cool widgets synced count'
              optional :cool_widgets_failed_count, type: Integer, desc: 'Cool widgets failed count'
              optional :cool_widgets_registry_count, type: Integer, desc: 'Cool widgets registry count'
              optional :cool_widgets_verification_total_count, type: Integer, desc: 'Cool widgets verification total count'
              optional :cool_widgets_verified_count, type: Integer, desc: 'Cool widgets verified count'
              optional :cool_widgets_verification_failed_count, type: Integer, desc: 'Cool widgets verification failed count'
            end
          end
        end
      end
    end
  end
end
