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
    names.each do |name|
      raise ArgumentError, "#{self.name}##{name} is no bytea" unless columns_hash[name.to_s]&.type == :binary

      attribute(name, Type.new)
    end
  end
end
