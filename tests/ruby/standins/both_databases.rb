# frozen_string_literal: true

# Each example, and each group with let_it_be, leaves both databases as they were.
module BothDatabases
  BASES = [ActiveRecord::Base, Geo::TrackingBase].freeze

  def self.begin_transaction
    BASES.each { |base| base.connection.begin_transaction(joinable: false) }
  end

  def self.rollback_transaction
    BASES.reverse_each { |base| base.connection.rollback_transaction }
  end
end
