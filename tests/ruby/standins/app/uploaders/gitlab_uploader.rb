# frozen_string_literal: true

# A file of a record, whose column has its name.
class GitlabUploader
  attr_reader :model, :mounted_as

  def initialize(model, mounted_as)
    @model = model
    @mounted_as = mounted_as
  end

  def filename
    model.read_attribute(mounted_as)
  end

  def relative_path
    "#{model.class.table_name}/#{model.id}/#{filename}"
  end

  def exists?
    filename.present?
  end
end
