# frozen_string_literal: true

# A record with a file, here or in object storage.
module ObjectStorable
  extend ActiveSupport::Concern

  included do
    const_set(:STORE_COLUMN, :file_store)
  end
end
