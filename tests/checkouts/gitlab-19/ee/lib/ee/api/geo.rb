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
            end
          end
        end
      end
    end
  end
end
