# frozen_string_literal: true

class ApplicationRecord < ActiveRecord::Base
  extend ShaAttribute

  self.abstract_class = true

  scope :primary_key_in, ->(values) { where(primary_key => values) }

  def self.pluck_primary_key
    pluck(primary_key)
  end

  # CarrierWave's word, as far as Geo looks at it: the column holds the name of the file.
  def self.mount_uploader(column, uploader)
    raise ArgumentError, "#{uploader} is no uploader" unless uploader < GitlabUploader
    raise ArgumentError, "#{name} has no column #{column}" unless column_names.include?(column.to_s)

    define_method(column) { uploader.new(self, column) }
    define_method(:"#{column}=") { |file| write_attribute(column, file.original_filename) }
  end
end
