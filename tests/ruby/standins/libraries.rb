# frozen_string_literal: true

# Everything that comes from outside, so that a missing package is a LoadError before anything else happens.

require 'active_support'
require 'active_support/all'
require 'active_record'
require 'active_record/connection_adapters/postgresql_adapter'
require 'factory_bot'
require 'graphql'
require 'rspec/core'
require 'rspec/expectations'
require 'rspec/mocks'
require 'state_machines-activerecord'
require 'yaml'
require 'zeitwerk'

ActiveRecord::Migration.verbose = false
Time.zone = 'UTC'
ActiveRecord::Base.default_timezone = :utc
