# frozen_string_literal: true

# A file of a record.
class GitlabUploader
  attr_reader :model, :mounted_as

  def initialize(model, mounted_as)
    @model = model
    @mounted_as = mounted_as
  end

  def relative_path
    "#{model.class.table_name}/#{mounted_as}/#{model.id}"
  end

  def exists?
    model.persisted?
  end
end
