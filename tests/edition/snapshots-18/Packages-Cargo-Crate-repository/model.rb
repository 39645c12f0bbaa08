# frozen_string_literal: true

module EE
  module Packages
    module Cargo
      module Crate
        extend ActiveSupport::Concern

        prepended do
          include ::Geo::ReplicableModel
          include ::Geo::VerifiableModel

          delegate(*::Geo::VerificationState::VERIFICATION_METHODS, to: :packages_cargo_crate_state)

          with_replicator Geo::PackagesCargoCrateReplicator

          has_one :packages_cargo_crate_state,
            autosave: false,
            inverse_of: :packages_cargo_crate,
            class_name: 'Geo::PackagesCargoCrateState',
            foreign_key: :packages_cargo_crate_id

          scope :with_verification_state, ->(state) {
            joins(:packages_cargo_crate_state)
              .where(packages_cargo_crate_states: { verification_state: verification_state_value(state) })
          }

          def verification_state_object
            packages_cargo_crate_state
          end
        end

        class_methods do
          extend ::Gitlab::Utils::Override

          # @return [ActiveRecord::Relation<Packages::Cargo::Crate>] scope observing selective sync settings of the
          # given node
          override :selective_sync_scope
          def selective_sync_scope(node, **params)
            # Select the records that a secondary site replicates under its selective sync settings:
            #
            # * by namespace: the records of the selected groups, of their descendants and of their projects
            # * by organization: the records of the selected organizations
            # * by shard: the records whose repositories are on the selected storages
            #
            # Select from `params[:replicables]` if given, restrict to `params[:primary_key_in]`, and raise
            # ::Geo::Errors::UnknownSelectiveSyncType for any other setting.
            raise NotImplementedError,
              'Select the records to sync to this node: the comment above says what to consider'
          end

          override :verification_state_model_key
          def verification_state_model_key
            :packages_cargo_crate_id
          end

          override :verification_state_table_class
          def verification_state_table_class
            ::Geo::PackagesCargoCrateState
          end
        end

        def packages_cargo_crate_state
          super || build_packages_cargo_crate_state
        end
      end
    end
  end
end
