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

      def replicables_for_current_secondary(_primary_key_in)
        raise NotImplementedError, "#{name} does not say which records to copy"
      end
    end

    def replicator
      self.class.replicator_class.new(model_record: self)
    end
  end
end
