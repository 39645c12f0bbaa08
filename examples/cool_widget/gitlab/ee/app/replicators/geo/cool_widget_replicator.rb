# frozen_string_literal: true

module Geo
  class CoolWidgetReplicator < Gitlab::Geo::Replicator
    include ::Geo::RepositoryReplicatorStrategy
    extend ::Gitlab::Utils::Override

    def self.model
      ::CoolWidget
    end

    def self.git_access_class
      ::Gitlab::GitAccessCoolWidget
    end

    def self.no_repo_message
      git_access_class.error_message(:no_repo)
    end

    override :verification_feature_flag_enabled?
    def self.verification_feature_flag_enabled?
      # We are adding verification at the same time as replication, so we
      # don't need to toggle verification separately from replication. When
      # the replication feature flag is off, then verification is also off
      # (see `VerifiableReplicator.verification_enabled?`)
      true
    end

    override :housekeeping_enabled?
    def self.housekeeping_enabled?
      # Remove this method if the new Git repository type supports git
      # repository housekeeping and the ::CoolWidget#git_garbage_collect_worker_klass
      # is implemented. If the data type requires any action to be performed
      # before running the housekeeping override the `before_housekeeping` method
      # (see `RepositoryReplicatorStrategy#before_housekeeping`)
      false
    end

    def repository
      model_record.repository
    end
  end
end
