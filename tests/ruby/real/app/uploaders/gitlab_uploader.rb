# frozen_string_literal: true

# A file of a record in a folder that ends with the process.
class GitlabUploader
  Stored = Struct.new(:path) do
    def exists?
      File.exist?(path)
    end
  end

  class << self
    def root
      @@root ||= Dir.mktmpdir
    end
  end

  attr_reader :model, :mounted_as

  def initialize(model, mounted_as)
    @model = model
    @mounted_as = mounted_as
  end

  def store!(from)
    FileUtils.mkdir_p(File.dirname(path))
    FileUtils.cp(from, path)
  end

  def relative_path
    File.join(model.class.table_name, model.read_attribute(mounted_as))
  end

  def path
    File.join(self.class.root, relative_path)
  end

  def file
    Stored.new(path) if model.read_attribute(mounted_as)
  end

  def file_storage?
    model.file_store == ObjectStorage::Store::LOCAL
  end
end
