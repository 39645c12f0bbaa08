# frozen_string_literal: true

# What Upload stores files by.
class FileUploader < GitlabUploader
  include ObjectStorage::Concern

  self.object_storage_enabled = true
end
