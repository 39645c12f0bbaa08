# frozen_string_literal: true

# A Git repository, as far as Geo looks at it.
Repository = Struct.new(:full_path) do
  alias_method :disk_path, :full_path

  def exists?
    full_path.present?
  end

  def checksum
    Digest::SHA1.hexdigest(full_path)
  end
end
