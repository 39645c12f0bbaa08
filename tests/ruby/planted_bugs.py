"""Bugs that a template, or a person, could introduce: a text of a created file, and its replacement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .rendering import Case

_REPLICATOR: Final = "ee/app/replicators/geo/{name}_replicator.rb"
_REGISTRY: Final = "ee/app/models/geo/{name}_registry.rb"
_STATE: Final = "ee/app/models/geo/{name}_state.rb"
_MODEL: Final = "ee/app/models/ee/{model_path}.rb"
_FINDER: Final = "ee/app/finders/geo/{name}_registry_finder.rb"
_RESOLVER: Final = "ee/app/graphql/resolvers/geo/{name}_registries_resolver.rb"
_TYPE: Final = "ee/app/graphql/types/geo/{name}_registry_type.rb"
_REGISTRY_MIGRATION: Final = "ee/db/geo/migrate/20230101000000_create_{name}_registry.rb"
_STATES_MIGRATION: Final = "db/migrate/20230101000000_create_{name}_states.rb"
_REGISTRY_DOCS: Final = "ee/db/geo/docs/{name}_registry.yml"
_STATES_DOCS: Final = "db/docs/{state_table}.yml"
_FLAG: Final = "ee/config/feature_flags/development/geo_{name}_replication.yml"
_MODEL_FACTORY: Final = "{ee_factory_file}"
_REGISTRY_FACTORY: Final = "ee/spec/factories/geo/{name}_registry.rb"
_STATE_FACTORY: Final = "ee/spec/factories/geo/{name}_states.rb"
_MODEL_SPEC: Final = "ee/spec/models/ee/{model_path}_spec.rb"
_REGISTRY_SPEC: Final = "ee/spec/models/geo/{name}_registry_spec.rb"
_REPLICATOR_SPEC: Final = "ee/spec/replicators/geo/{name}_replicator_spec.rb"
_FINDER_SPEC: Final = "ee/spec/finders/geo/{name}_registry_finder_spec.rb"
_RESOLVER_SPEC: Final = "ee/spec/graphql/resolvers/geo/{name}_registries_resolver_spec.rb"
_TYPE_SPEC: Final = "ee/spec/graphql/types/geo/{name}_registry_type_spec.rb"

_CRATE: Final = "Packages::Cargo::Crate"


@dataclass(frozen=True)
class Bug:
    """A replacement in one created file.

    Attributes:
        id: What is wrong, for reports.
        path: The file, with the keys of spellings.
        old: The original text, which occurs exactly once.
        new: The replacement.
        kind: The kind that it is planted in.
        model: The model that it is planted in.
        owner: The owner of the model.
        edition: The edition.
    """

    id: str
    path: str
    old: str
    new: str
    kind: str = "repository"
    model: str = "CoolWidget"
    owner: str | tuple[str, ...] | None = None
    edition: str = "16"

    @property
    def case(self) -> Case:
        return Case(self.model, self.kind, self.owner)

    def planted(self, files: Mapping[str, str], names: Mapping[str, str]) -> tuple[str, str]:
        """Return the path and the new text of the file."""
        path = self.path.format_map(names)
        assert files[path].count(self.old) == 1, f"{self.id}: {self.old!r} is not once in {path}"
        return path, files[path].replace(self.old, self.new)


BUGS_16: Final = (
    # Ruby's and RuboCop's
    Bug("an end too few", _FINDER, "  end\nend\n", "  end\n"),
    Bug("a comma forgotten", _RESOLVER, "connection_type, null", "connection_type null"),
    Bug("a line too long", _REPLICATOR, "# (see `VerifiableReplicator", f"# ({'see ' * 20}`VerifiableReplicator"),
    # migrations
    Bug(
        "class of the migration is not its file's", _REGISTRY_MIGRATION, "CreateCoolWidgetRegistry", "CreateCoolWidgets"
    ),
    Bug(
        "table of the registry in the plural",
        _REGISTRY_MIGRATION,
        ":cool_widget_registry, id",
        ":cool_widget_registries, id",
    ),
    Bug(
        "down drops another table", _STATES_MIGRATION, "drop_table :cool_widget_states", "drop_table :cool_widget_state"
    ),
    Bug(
        "foreign key to a table that is not there",
        _STATES_MIGRATION,
        "t.references :packages_cargo_crate,",
        "t.references :crate,",
        model=_CRATE,
    ),
    Bug(
        "index name over 63 bytes",
        _REGISTRY_MIGRATION,
        "name: :cool_widget_registry_failed_verification",
        f"name: :cool_widget_registry_failed_verification{'_again' * 5}",
    ),
    # schema
    Bug("limit forgotten", _REGISTRY_MIGRATION, "t.text :last_sync_failure, limit: 255", "t.text :last_sync_failure"),
    Bug("key may be null", _REGISTRY_MIGRATION, ":cool_widget_id, null: false", ":cool_widget_id, null: true"),
    Bug("index is not unique", _REGISTRY_MIGRATION, ", unique: true", ""),
    Bug("condition of an index", _REGISTRY_MIGRATION, "ARRAY[0, 3]", "ARRAY[0, 2]", kind="blob"),
    Bug("order of an index forgotten", _STATES_MIGRATION, "        order: { verified_at: 'ASC NULLS FIRST' },\n", ""),
    Bug("state does not go with its record", _STATES_MIGRATION, "on_delete: :cascade", "on_delete: :nullify"),
    Bug(
        "default of a counter forgotten",
        _STATES_MIGRATION,
        ":verification_retry_count, default: 0,",
        ":verification_retry_count,",
    ),
    Bug(
        "column of repositories in a blob's registry",
        _REGISTRY_MIGRATION,
        "      t.binary :verification_checksum\n",
        "      t.boolean :missing_on_primary, default: false, null: false\n      t.binary :verification_checksum\n",
        kind="blob",
    ),
    # dictionary and flag
    Bug(
        "dictionary of another table",
        _REGISTRY_DOCS,
        "table_name: cool_widget_registry",
        "table_name: cool_widgets_registry",
    ),
    Bug("dictionary without the namespace", _STATES_DOCS, "- Geo::CoolWidgetState", "- CoolWidgetState"),
    Bug("flag of another name", _FLAG, "name: geo_cool_widget_replication", "name: geo_cool_widgets_replication"),
    Bug("flag on before the release", _FLAG, "default_enabled: false", "default_enabled: true"),
    # models
    Bug("class_methods misspelt", _MODEL, "class_methods do", "class_method do"),
    Bug("included instead of prepended", _MODEL, "  prepended do", "  included do"),
    Bug(
        "registry instead of a replicator",
        _MODEL,
        "with_replicator Geo::CoolWidgetReplicator",
        "with_replicator Geo::CoolWidgetRegistry",
    ),
    Bug("state class without its namespace", _MODEL, "::Geo::CoolWidgetState\n", "CoolWidgetState\n"),
    Bug(
        "override of no method, both renamed",
        _MODEL,
        "      override :verification_state_table_class\n      def verification_state_table_class",
        "      override :verification_table_class\n      def verification_table_class",
    ),
    Bug(
        "scope joins another association",
        _MODEL,
        "scope :available_verifiables, -> { joins(:cool_widget_state)",
        "scope :available_verifiables, -> { joins(:cool_widget_states)",
    ),
    Bug("scope turned around", _MODEL, ".where.not(cool_widget_states:", ".where(cool_widget_states:"),
    Bug("details are not saved", _MODEL, "      after_save :save_verification_details\n\n", "", kind="blob"),
    Bug("details are not built", _MODEL, "super || build_cool_widget_state", "super"),
    Bug("inverse of another name", _MODEL, "inverse_of: :cool_widget,", "inverse_of: :widget,"),
    Bug("class of the association forgotten", _MODEL, ", class_name: 'Geo::CoolWidgetState'", ""),
    Bug(
        "foreign key of a namespaced model forgotten",
        _MODEL,
        ",\n            foreign_key: :packages_cargo_crate_id",
        "",
        model=_CRATE,
    ),
    Bug("pool is not denied", _MODEL, "def pool_repository", "def repository_pool"),
    Bug(
        "placeholder returns nothing",
        _MODEL,
        "raise NotImplementedError,",
        "return if primary_key_in\n\n        raise NotImplementedError,",
    ),
    Bug("selective sync forgotten", _MODEL, "\n          .merge(selective_sync_scope(node))", "", owner="project"),
    Bug("selective sync by another column", _MODEL, "where(group_id: ids)", "where(project_id: ids)", owner="group"),
    Bug(
        "selective sync turned around",
        _MODEL,
        "if node.sync_object_storage?",
        "unless node.sync_object_storage?",
        kind="blob",
        owner="none",
    ),
    Bug(
        "primary keys forgotten",
        _MODEL,
        "        primary_key_in(primary_key_in)\n",
        "        all\n",
        owner="organization",
    ),
    Bug("group of another factory", _MODEL_FACTORY, "association(:group)", "association(:project)", owner="group"),
    Bug(
        "file forgotten", _MODEL_FACTORY, "    file { fixture_file_upload('spec/fixtures/dk.png') }\n", "", kind="blob"
    ),
    Bug("stored locally all the same", _MODEL_FACTORY, "Store::REMOTE", "Store::LOCAL", kind="blob"),
    Bug(
        "object storage is not enabled",
        _MODEL_SPEC,
        "uploader: CoolWidgetUploader",
        "uploader: GitlabUploader",
        kind="blob",
    ),
    Bug("file is not mounted", _MODEL, "      mount_uploader :file, ::CoolWidgetUploader\n\n", "", kind="blob"),
    Bug("no limit in the state", _STATE, "    validates :verification_failure, length: { maximum: 255 }\n", ""),
    Bug("primary key of the state", _STATE, "self.primary_key = :cool_widget_id", "self.primary_key = :id"),
    Bug(
        "state belongs to the model under its short name",
        _STATE,
        ", class_name: 'Packages::Cargo::Crate'",
        "",
        model=_CRATE,
    ),
    Bug("registry of another model", _REGISTRY, "MODEL_CLASS = ::CoolWidget", "MODEL_CLASS = ::Project"),
    Bug(
        "registry's key misspelt",
        _REGISTRY,
        "MODEL_FOREIGN_KEY = :cool_widget_id",
        "MODEL_FOREIGN_KEY = :cool_widgets_id",
    ),
    Bug(
        "registry's association to the short name",
        _REGISTRY,
        "class_name: 'Packages::Cargo::Crate'",
        "class_name: 'Crate'",
        model=_CRATE,
    ),
    # replicator
    Bug("strategy of the other kind", _REPLICATOR, "Geo::RepositoryReplicatorStrategy", "Geo::BlobReplicatorStrategy"),
    Bug(
        "model without its namespace", _REPLICATOR, "      ::Packages::Cargo::Crate\n", "      ::Crate\n", model=_CRATE
    ),
    Bug(
        "override with a typo, method right",
        _REPLICATOR,
        "override :verification_feature_flag_enabled?",
        "override :verification_feature_flag_enable?",
    ),
    Bug("verification off", _REPLICATOR, "enabled?`)\n      true", "enabled?`)\n      false"),
    Bug("housekeeping on", _REPLICATOR, "housekeeping`)\n      false", "housekeeping`)\n      true"),
    Bug("instance method instead of a class method", _REPLICATOR, "def self.no_repo_message", "def no_repo_message"),
    Bug("replicator under another name", _REPLICATOR, "class CoolWidgetReplicator", "class CoolWidgetsReplicator"),
    # GraphQL
    Bug(
        "name of the type in the plural",
        _TYPE,
        "graphql_name 'CoolWidgetRegistry'",
        "graphql_name 'CoolWidgetRegistries'",
    ),
    Bug("field of another column", _TYPE, "field :cool_widget_id", "field :cool_widgets_id"),
    Bug("ID may be null", _TYPE, "null: false", "null: true"),
    Bug("description of another model", _TYPE, "'ID of the Cool Widget.'", "'ID of the Widget.'"),
    Bug("resolver of another name", _RESOLVER, "CoolWidgetRegistriesResolver", "CoolWidgetRegistryResolver"),
    Bug("resolver without its code", _RESOLVER, "\n      include RegistriesResolver\n", ""),
    Bug("finder without its code", _FINDER, "    include FrameworkRegistryFinder\n", "", kind="blob"),
    # factories and specs
    Bug("factory of another name", _REGISTRY_FACTORY, ":geo_cool_widget_registry", ":cool_widget_registry"),
    Bug("state that there is not", _REGISTRY_FACTORY, "state_value(:started)", "state_value(:start)"),
    Bug("checksum with an odd number of digits", _MODEL_FACTORY, "'abcd'", "'abc'"),
    Bug(
        "factory without its record",
        _REGISTRY_FACTORY,
        "    cool_widget # This association should have data, like a file or repository\n",
        "",
        kind="blob",
    ),
    Bug("factory without its class", _MODEL_FACTORY, ", class: 'Packages::Cargo::Crate'", "", model=_CRATE),
    Bug("spec of another factory", _FINDER_SPEC, ":geo_cool_widget_registry", ":geo_cool_widgets_registry"),
    Bug("shared examples that there are not", _REGISTRY_SPEC, "'a Geo framework registry'", "'a Geo registry'"),
    Bug("shared examples forgotten", _REGISTRY_SPEC, "  include_examples 'a Geo verifiable registry'\n", ""),
    Bug("trait of the state without its checksum", _STATE_FACTORY, "      verification_checksum { 'abcd' }\n", ""),
    Bug("factory without a project", _MODEL_FACTORY, "    project\n\n", ""),
    Bug(
        "shared examples of the other kind",
        _REPLICATOR_SPEC,
        "'a blob replicator'",
        "'a repository replicator'",
        kind="blob",
    ),
    Bug("spec creates a row too many", _REGISTRY_SPEC, "build(", "create("),
    Bug("spec of another field", _TYPE_SPEC, "%i[cool_widget_id]", "%i[cool_widgets_id]"),
    Bug(
        "variable of the shared examples misspelt",
        _MODEL_SPEC,
        "let(:verifiable_model_record)",
        "let(:verifiable_record)",
    ),
)


def _of_18(id_: str, path: str, old: str, new: str, kind: str = "repository", owner: str | None = None) -> Bug:
    return Bug(f"18: {id_}", path, old, new, kind, "CoolWidget", owner, "18")


_OPS: Final = "ee/config/feature_flags/ops/geo_{name}_{flag}.yml"
BUGS_18: Final = (
    _of_18("flag of the old type", _OPS.replace("{flag}", "replication"), "type: ops", "type: development"),
    _of_18(
        "second flag of another name",
        _OPS.replace("{flag}", "force_primary_checksumming"),
        "name: geo_cool_widget_force_primary_checksumming",
        "name: geo_cool_widget_primary_checksumming",
    ),
    _of_18("migration without a milestone", _STATES_MIGRATION, "  milestone '16.0'\n", ""),
    _of_18("no size in the dictionary", _STATES_DOCS, "table_size: small\n", ""),
    _of_18("schema of old in the dictionary", _STATES_DOCS, "gitlab_main_org", "gitlab_main"),
    _of_18("state found by its own ID", _MODEL, "    :cool_widget_id\n", "    :id\n"),
    _of_18(
        "override of a method that is no more", _MODEL, "override :verification_state_model_key", "override :nothing"
    ),
    _of_18("constant instead of the method", _REGISTRY, "def self.model_class", "def self.model_klass"),
    _of_18("another foreign key", _REGISTRY, ":cool_widget_id", ":cool_widgets_id"),
    _of_18("no title", _REPLICATOR, "def self.replicable_title\n", "def self.replicable_titel\n"),
    _of_18("one title for both", _REPLICATOR, "Cool Widgets')", "Cool Widget')"),
    _of_18("scope of everything", _MODEL, "return replicables unless", "return replicables if", owner="project"),
    _of_18("records given are not taken", _MODEL, "params.fetch(:replicables, all)", "all", owner="group"),
    _of_18("primary keys are not kept to", _MODEL, ".primary_key_in(params[:primary_key_in])", "", owner="project"),
    _of_18(
        "checksum is not a succeeded one",
        _MODEL_FACTORY,
        "instance.verification_succeeded!",
        "instance.verification_failed!",
    ),
    _of_18("spec of another association", _MODEL_SPEC, "have_one(:cool_widget_state)", "have_one(:cool_widgets_state)"),
    _of_18(
        "spec of another presence",
        "ee/spec/models/geo/{name}_state_spec.rb",
        "validate_presence_of(:cool_widget)",
        "validate_presence_of(:cool)",
    ),
    _of_18(
        "stub forgotten", _MODEL_SPEC, "      stub_cool_widget_object_storage(enabled: true)\n", "", "blob", "project"
    ),
    _of_18("strategy of the other kind", _REPLICATOR, "BlobReplicatorStrategy", "RepositoryReplicatorStrategy", "blob"),
)
"""Bugs of files that only edition 18 has, or has in another form."""


def _of_19(id_: str, path: str, old: str, new: str) -> Bug:
    return Bug(f"19: {id_}", path, old, new, "upload", "Geo::CoolWidgetUpload", ("project", "group"), "19")


_PARTITION: Final = "ee/app/models/geo/{name}.rb"
_INDEX: Final = "db/migrate/20221231235959_add_unique_index_on_{table}_id.rb"
_PARTITION_FACTORY: Final = "ee/spec/factories/geo/{name}.rb"
BUGS_19: Final = (
    _of_19("index of the partition is not unique", _INDEX, "unique: true, ", ""),
    _of_19("partition is not allowed for", _INDEX, ", allow_partition: true", ""),
    _of_19("index on another column", _INDEX, "PARTITION_TABLE_NAME, :id,", "PARTITION_TABLE_NAME, :model_id,"),
    _of_19("index is left behind", _INDEX, "IF EXISTS #{PARTITION_INDEX_NAME}", "IF EXISTS another_index"),
    _of_19("reads no partition", _PARTITION, "< ::Upload", "< ApplicationRecord"),
    _of_19("another partition", _PARTITION, "'cool_widget_uploads'", "'project_uploads'"),
    _of_19("scope of another key", _PARTITION, "where(namespace_id: ids)", "where(project_id: ids)"),
    _of_19("state is not built", _PARTITION, "super || build_cool_widget_upload_state", "super"),
    _of_19(
        "second owner forgotten",
        _PARTITION,
        "namespace_ids = ::Namespace.where(organization_id: organization_ids)",
        "namespace_ids = ::Namespace.none",
    ),
    _of_19("not a registry of a partition", _REGISTRY, "    include ::Geo::PartitionUploadRegistry\n", ""),
    _of_19("time that the partition lacks", _REGISTRY, ":created_at", ":updated_at"),
    _of_19("no uploader", _REPLICATOR, "    include ::Geo::Concerns::UploadReplicatorBehavior\n", ""),
    _of_19("row of another partition", _PARTITION_FACTORY, "association(:cool_widget, ", "association(:project, "),
    _of_19("primary key of the state", _STATE, "self.primary_key = :cool_widget_upload_id", "self.primary_key = :id"),
    _of_19(
        "spec of an ordinary blob",
        _REPLICATOR_SPEC,
        "'a blob replicator with a read-only replicable model'",
        "'a blob replicator'",
    ),
)
"""What only edition 19 has."""
