# frozen_string_literal: true

# A file of any record. The table is parted by the class of the record, whose owner a row gets.
class Upload < ApplicationRecord
  include ObjectStorable

  STORE_COLUMN = :store

  self.primary_key = :id

  belongs_to :model, polymorphic: true

  before_create do
    self.project_id = model.try(:project_id)
    self.namespace_id = model.try(:group_id)
    self.organization_id = model.try(:organization_id)
    self.uploaded_by_user_id = model.try(:uploaded_by_user_id)
  end

  # The uploader takes the path for its column.
  def retrieve_uploader
    FileUploader.new(self, :path)
  end
  alias file retrieve_uploader
end
