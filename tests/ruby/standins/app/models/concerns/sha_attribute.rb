# frozen_string_literal: true

# Checksums are hexadecimal digits in Ruby and bytes in the database.
module ShaAttribute
  class Type < ActiveRecord::ConnectionAdapters::PostgreSQL::OID::Bytea
    def deserialize(value)
      super&.unpack1('H*')
    end

    def serialize(value)
      super([value].pack('H*')) if value
    end

    def changed_in_place?(raw_old_value, new_value)
      deserialize(raw_old_value) != new_value
    end
  end

  def sha_attribute(*names)
    sha_attributes.concat(names)
    names.each { |name| attribute(name, Type.new) }
  end

  # Of a class; its table may be named further down.
  def sha_attributes
    @sha_attributes ||= []
  end

  def load_schema!
    super
    wrong = sha_attributes.reject { |name| columns_hash[name.to_s]&.type == :binary }
    raise ArgumentError, "#{self.name} has no bytea of #{wrong}" if wrong.any?
  end
end
