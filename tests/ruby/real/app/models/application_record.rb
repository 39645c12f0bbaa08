# frozen_string_literal: true

class ApplicationRecord < ActiveRecord::Base
  include ShaAttribute

  self.abstract_class = true

  scope :primary_key_in, ->(values) { where(primary_key => values) }
  scope :id_in, ->(ids) { where(id: ids) }

  def self.pluck_primary_key
    pluck(primary_key)
  end

  # CarrierWave's word, as far as Geo looks at it: the column holds the name of the file.
  def self.mount_uploader(column, uploader)
    define_method(column) { (@uploaders ||= {})[column] ||= uploader.new(self, column) }
    define_method(:"#{column}=") do |upload|
      write_attribute(column, File.basename(upload))
      public_send(column).store!(upload)
    end
  end
end
