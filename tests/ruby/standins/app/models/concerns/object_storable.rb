# frozen_string_literal: true

# A record with a file, here or in object storage.
module ObjectStorable
  extend ActiveSupport::Concern

  included do
    scope :with_files_stored_locally, -> { where(klass::STORE_COLUMN => ObjectStorage::Store::LOCAL) }

    validate :object_storage_is_there
  end

  def object_storage_is_there
    return if self[self.class::STORE_COLUMN] == ObjectStorage::Store::LOCAL || file.class.object_storage_enabled

    errors.add(self.class::STORE_COLUMN, 'is not enabled')
  end
end
