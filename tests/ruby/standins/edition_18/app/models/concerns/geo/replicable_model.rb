# frozen_string_literal: true

module Geo
  # A model whose records are copied.
  module ReplicableModel
    extend ActiveSupport::Concern

    included do
      scope :available_replicables, -> { all }
      # Files in object storage are not Geo's to verify.
      scope :verifiables, -> {
        klass.include?(ObjectStorable) ? available_replicables.with_files_stored_locally : available_replicables
      }
    end

    class_methods do
      def with_replicator(klass)
        raise ArgumentError, "#{klass} is no replicator" unless klass < ::Gitlab::Geo::Replicator

        define_singleton_method(:replicator_class) { klass }
      end

      # The framework asks the model for one half, what its owner says, and knows the other, where its file is.
      def replicables_for_current_secondary(ids)
        node = ::Gitlab::Geo.current_node
        selected = selective_sync_scope(node, replicables: available_replicables, primary_key_in: ids)
        return selected if node.sync_object_storage? || !include?(ObjectStorable)

        selected.merge(with_files_stored_locally)
      end

      def selective_sync_scope(_node, **_params)
        raise NotImplementedError, "#{name} does not say which records to copy"
      end
    end

    def replicator
      self.class.replicator_class.new(model_record: self)
    end
  end
end
