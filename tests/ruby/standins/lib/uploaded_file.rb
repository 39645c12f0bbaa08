# frozen_string_literal: true

# A file on its way to a record.
UploadedFile = Struct.new(:path) do
  def original_filename
    File.basename(path)
  end
end
