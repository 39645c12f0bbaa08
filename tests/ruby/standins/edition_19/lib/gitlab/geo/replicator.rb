# frozen_string_literal: true

module Gitlab
  module Geo
    # What knows everything about one replicable type, and finds it all by the type's name.
    class Replicator
      extend ::Gitlab::Utils::Override

      class << self
        def replicable_name
          name.demodulize.delete_suffix('Replicator').underscore
        end

        def registry_class
          "Geo::#{replicable_name.camelize}Registry".constantize
        end

        def for_replicable_name(name)
          "Geo::#{name.to_s.camelize}Replicator".constantize
        end

        def replication_enabled_feature_key
          :"geo_#{replicable_name}_replication"
        end

        def enabled?
          Feature.enabled?(replication_enabled_feature_key, type: :ops)
        end

        # GitLab's translations, without a translator.
        def s_(text)
          text.rpartition('|').last
        end

        def replicable_title
          raise NotImplementedError, "#{name} has no title"
        end

        def replicable_title_plural
          raise NotImplementedError, "#{name} has no title for many"
        end

        # Whether the GraphQL type of the registry is there.
        def graphql_registerable?
          true
        end

        def model
          raise NotImplementedError, "#{name} says of no model"
        end
      end

      attr_reader :model_record_id

      def initialize(model_record: nil, model_record_id: nil)
        @model_record = model_record
        @model_record_id = model_record&.id || model_record_id
      end

      delegate :replicable_name, :registry_class, to: :class

      def model_record
        @model_record ||= self.class.model.find(model_record_id)
      end

      def registry
        registry_class.find_or_initialize_by(registry_class.model_foreign_key => model_record_id)
      end

      def geo_handle(event_name)
        return unless self.class.enabled?

        ::Geo::Event.create!(replicable_name: replicable_name, event_name: event_name, payload: event_payload)
      end

      def geo_handle_after_create
        geo_handle(:created)
      end

      def geo_handle_after_update
        geo_handle(:updated)
      end

      def geo_handle_after_destroy
        geo_handle(:deleted)
      end

      # On a secondary: what an event makes of the registry.
      def consume(event_name)
        return registry.destroy! if event_name == :deleted

        row = registry
        row.save!
        row.start!
        resource_exists? ? row.synced! : row.failed!('There is nothing to copy')
        row
      end
    end
  end
end
