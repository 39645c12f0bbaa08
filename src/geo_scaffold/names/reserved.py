"""Names that no model or replicable can have, and why; data only."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RUBY_CONSTANTS: Final = _words(
    """
    ArgumentError Array BasicObject Benchmark BigDecimal Bignum Binding Bundler CGI CSV Class ClosedQueueError
    Comparable Complex ConditionVariable Data Date DateTime Delegator DidYouMean Digest Dir EOFError ERB Encoding
    EncodingError Enumerable Enumerator Errno ErrorHighlight Etc Exception FalseClass Fiber FiberError File FileTest
    FileUtils Fixnum Float FloatDomainError Forwardable FrozenError GC Gem Hash IO IOError IPAddr IndexError Integer
    Interrupt JSON Kernel KeyError LoadError LocalJumpError Logger Marshal MatchData Math Method Module Monitor
    MonitorMixin Mutex NameError Net NilClass NoMatchingPatternError NoMatchingPatternKeyError NoMemoryError
    NoMethodError NotImplementedError Numeric Object ObjectSpace Observable OpenSSL OpenStruct Open3 PP Pathname
    Proc Process Psych Queue Ractor Random Range RangeError Rational RbConfig Refinement Regexp RegexpError RubyVM
    RuntimeError SecureRandom ScriptError SecurityError Set Shellwords Signal SignalException SimpleDelegator
    Singleton SizedQueue Socket StandardError StopIteration StringIO StringScanner String Struct Symbol SyntaxError
    SyntaxSuggest SystemCallError SystemExit SystemStackError Tempfile Thread ThreadError ThreadGroup Time Timeout
    TracePoint TrueClass TypeError URI UnboundMethod UncaughtThrowError UnicodeNormalize Warning WeakRef YAML
    ZeroDivisionError Zlib
    """
)
"""Class-like names in `Object.constants` of Ruby 3.1 to 3.4 and the standard library that Rails loads.

A model or a namespace of that name would reopen or hide the class."""

APPLICATION_CONSTANTS: Final = _words(
    """
    API ActionCable ActionController ActionDispatch ActionMailer ActionView ActiveJob ActiveModel ActiveRecord
    ActiveSupport Ability Addressable ApplicationController ApplicationRecord CarrierWave ClickHouse Declarative
    DeclarativePolicy Devise EE FactoryBot Faraday Feature Flipper Geo Gitaly GitalyClient Gitlab GlobalID Gon Grape
    GraphQL I18n JH Mail Mutations Nokogiri ObjectStorage ObjectStorable Peek Prometheus QA Rack Rails Rainbow Redis
    Resolvers RSpec Rubocop RuboCop Rugged Sentry Settings Sidekiq Types Zeitwerk
    """
)
"""Top-level modules and classes of GitLab and its libraries; a model of that name would not load."""

EDITION_NAMESPACES: Final = frozenset({"EE", "JH"})
"""The namespaces of GitLab's edition mixins: `EE::CoolWidget` is the mixin of `CoolWidget`, never a model."""

RUBY_KEYWORDS: Final = _words(
    """
    alias and begin break case class def defined do else elsif end ensure false for if in module next nil not or
    redo rescue retry return self super then true undef unless until when while yield
    """
)

DANGEROUS_ASSOCIATIONS: Final = _words(
    """
    accessed_fields add_to_transaction aggregate_reflections all_timestamp_attributes_in_model
    around_save_collection_association assign_attributes assign_multiparameter_attributes
    assign_nested_attributes_for_collection_association assign_nested_attributes_for_one_to_one_association
    assign_nested_parameter_attributes assign_to_or_mark_for_destruction associated_records_to_validate_or_save
    association association_instance_get association_instance_set attribute attribute_aliases
    attribute_before_last_save attribute_before_type_cast attribute_change attribute_change_to_be_saved
    attribute_for_database attribute_for_inspect attribute_in_database attribute_method_matchers attribute_missing
    attribute_names attribute_names_for_partial_writes attribute_previous_change attribute_previously_was
    attribute_was attributes attributes_before_type_cast attributes_for_create attributes_for_update
    attributes_in_database attributes_with_values becomes belongs_to_touch_method cache_key cache_key_with_version
    cache_timestamp_format cache_version cache_versioning call_reject_if changed changed_attribute_names_to_save
    changed_attributes changes changes_applied changes_to_save ciphertext_for clear_association_cache
    clear_attribute_change clear_attribute_changes clear_changes_information clear_timestamp_attributes
    clear_transaction_record_state clone collection_cache_versioning column_for_attribute connection_handler
    create_or_update current_time_from_proper_timezone decrement decrypt default_connection_handler default_role
    default_scope_override default_scopes default_shard default_timezone default_validation_context defined_enums
    delete destroy destroy_association_async_job destroy_associations destroy_row destroyed_by_association
    dump_schema_after_migration dump_schemas dup each_counter_cached_associations encode_with encrypt
    ensure_proper_type error_on_ignored_order errors execute_callstack_for_multiparameter_attributes extend
    extract_callstack_for_multiparameter_attributes find_parameter_position force_clear_transaction_record_state
    forget_attribute_assignments format_for_inspect freeze from_json generate_token_for halted_callback_hook hash
    id_before_type_cast id_for_database id_in_database id_was include_root_in_json increment
    index_nested_attribute_errors init_internals init_with init_with_attributes initialize_internals_callback
    inspect inspection_filter itself legacy_connection_handling lock_optimistically logger mark_for_destruction
    matched_attribute_method max_updated_column_timestamp method methods missing_attribute model_name
    mutations_before_last_save mutations_from_database nested_attributes_options normalize_attribute
    normalize_reflection_attribute object_id partial_writes perform_validations pluralize_table_names
    populate_with_current_scope_attributes pretty_print previous_changes primary_key_prefix_type public_send
    query_attribute raise_int_wider_than_64bit raise_validation_error raw_timestamp_to_cache_version read_attribute
    read_attribute_before_type_cast read_attribute_for_serialization read_attribute_for_validation
    read_store_attribute record_timestamps reload remember_transaction_record_state restore_attributes
    restore_transaction_record_state run_callbacks sanitize_for_mass_assignment sanitize_forbidden_attributes save
    save_belongs_to_association save_collection_association save_has_one_association saved_change_to_attribute
    saved_changes schema_format send serializable_add_includes serializable_attributes serializable_hash signed_id
    signed_id_verifier_secret skip_time_zone_conversion_for_attributes slice store_accessor_for
    store_full_class_name store_full_sti_class suppress_multiple_database_warning surreptitiously_touch
    table_name_prefix table_name_suffix tap time_zone_aware_attributes time_zone_aware_types
    timestamp_attributes_for_create_in_model timestamp_attributes_for_update_in_model timestamped_migrations to_ary
    to_key to_model to_partial_path toggle touch touch_deferred_attributes touch_later transaction
    type_cast_attribute_value type_for_attribute update update_attribute update_column update_columns
    use_yaml_unsafe_load validate validate_collection_association validate_single_association validates_absence_of
    validates_acceptance_of validates_confirmation_of validates_exclusion_of validates_format_of
    validates_inclusion_of validates_length_of validates_numericality_of validates_presence_of validates_size_of
    validates_with validation_context values_at verbose_query_logs verify_readonly_attribute
    warn_on_records_fetched_greater_than with_lock with_transaction_returning_status write_attribute
    write_attribute_without_type_cast write_store_attribute yaml_column_permitted_classes
    """
)
"""Methods of every Active Record object that are spelled like a replicable name.

`belongs_to` raises ArgumentError for those of ActiveRecord::Base (`dangerous_attribute_methods` of 6.1, and additions
in 7.2); it would silently replace those of Object."""

REGISTRY_ATTRIBUTES: Final = _words(
    """
    checksum_mismatch created_at force_to_redownload id last_sync_failure last_synced_at missing_on_primary
    replicator resync retry_at retry_count state updated_at verification_checksum verification_checksum_mismatched
    verification_failure verification_retry_at verification_retry_count verification_started_at verification_state
    verified_at
    """
)
"""Columns and methods of a registry (ee/app/models/concerns/geo/replicable_registry.rb, verifiable_registry.rb)."""

FRAMEWORK_CLASSES: Final = _words(
    """
    Geo::BaseRegistry Geo::EventLogState Geo::FrameworkRegistryFinder Geo::HasReplicator Geo::RegistryFinder
    Geo::ReplicableRegistry Geo::VerifiableRegistry Geo::VerifiableReplicator Geo::VerificationState
    Resolvers::Geo::RegistriesResolver Types::Geo::RegistryType
    """
)
"""The classes and modules of Geo's framework that end like the classes of a type."""

PYTHON_MODULES: Final = _words(
    """
    alembic anyio black certifi click factory faker geo_runtime geo_scaffold idna jinja2 jwt mako pluggy psycopg pytest
    rich sqlalchemy starlette strawberry tests typer urllib3 uvicorn
    """
)
"""Modules that the reference runtime needs, besides the standard library; a package of that name would hide them."""

RUNTIME_TABLES: Final = _words(
    """
    feature_gates geo_event_log geo_events geo_node_namespace_links geo_node_organization_links geo_node_statuses
    geo_nodes namespaces organizations projects
    """
)
"""Tables of the reference runtime itself, so that no type can have one of that name there."""
