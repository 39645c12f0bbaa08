# frozen_string_literal: true

# Everything that comes from outside, so that a missing package is a LoadError before anything else happens.

require 'active_support'
require 'active_support/all'
require 'active_record'
require 'active_record/connection_adapters/postgresql_adapter'
require 'factory_bot'
require 'graphql'
require 'rspec'
require 'state_machines-activerecord'
require 'test_prof/recipes/rspec/let_it_be'
require 'shoulda/matchers'
require 'yaml'
require 'zeitwerk'

# What they load only when it is used would be loaded again in each fork.
[ActiveSupport, ActiveModel, ActiveRecord].each(&:eager_load!)

ActiveRecord::Migration.verbose = false
Time.zone = 'UTC'
ActiveRecord::Base.default_timezone = :utc
