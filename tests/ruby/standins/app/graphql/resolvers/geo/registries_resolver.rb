# frozen_string_literal: true

module Resolvers
  module Geo
    # Rows of the registry that the resolver is named after, through its finder.
    module RegistriesResolver
      extend ActiveSupport::Concern

      included do
        argument :ids, [GraphQL::Types::ID], required: false, description: 'Only rows with these IDs.'
        argument :replication_state, GraphQL::Types::String, required: false, description: 'Only rows in this state.'

        def self.registry_class
          "Geo::#{name.demodulize.sub('RegistriesResolver', 'Registry')}".constantize
        end
      end

      def resolve(**arguments)
        registry = self.class.registry_class
        return registry.none unless registry.replicator_class.enabled?

        "#{registry.name}Finder".constantize.new(current_user, arguments).execute
      end
    end
  end
end
