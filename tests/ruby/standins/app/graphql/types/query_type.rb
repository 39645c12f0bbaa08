# frozen_string_literal: true

module Types
  class QueryType < BaseObject
    field :geo_node, ::Types::Geo::GeoNodeType, null: true, description: 'The site that is asked.'

    def geo_node
      GeoNode.first
    end
  end
end
