# frozen_string_literal: true

module Geo
  # A row for each record that a secondary site should have.
  class BaseRegistry < TrackingBase
    self.abstract_class = true

    class << self
      def model_class
        raise NotImplementedError, "#{name} does not say whose rows it has"
      end

      def model_foreign_key
        raise NotImplementedError, "#{name} does not say which column has the ID"
      end

      def replicator_class
        model_class.replicator_class
      end

      # Ids of records without a row, and of rows without a record.
      def find_registry_differences(ids)
        records = model_class.available_replicables.primary_key_in(ids).pluck(model_class.primary_key)
        rows = where(model_foreign_key => ids).pluck(model_foreign_key)
        [records - rows, rows - records]
      end

      def insert_for_model_ids(ids)
        insert_all!(ids.map { |id| { model_foreign_key => id, created_at: Time.current } }, returning: :id)
      end

      def delete_for_model_ids(ids)
        where(model_foreign_key => ids).delete_all
      end
    end

    def model_record_id
      read_attribute(self.class.model_foreign_key)
    end
  end
end
