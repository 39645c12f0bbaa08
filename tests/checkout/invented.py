"""A small tree of invented models, each of which declares what it is in a different way."""

# ruff: noqa: E501 - each text is a file, one line a line of it where that fits

from collections.abc import Iterable, Mapping
from typing import Final

HEAD: Final = "# frozen_string_literal: true\n\n"


def table(name: str, *columns: str, key: str = "id", parted: str = "") -> str:
    """Return the statements of a table as `db/structure.sql` has them."""
    lines = ",\n".join(f"    {column}" for column in columns)
    constraint = f"\nALTER TABLE ONLY {name}\n    ADD CONSTRAINT {name}_pkey PRIMARY KEY ({key});\n" if key else ""
    return f"CREATE TABLE {name} (\n{lines}\n){parted};\n{constraint}\n"


def dictionary(name: str, classes: Iterable[str], schema: str = "gitlab_main_org", **keys: str) -> str:
    """Return a table's entry of the dictionary."""
    sharding = "sharding_key:\n" + "".join(f"  {key}: {value}\n" for key, value in keys.items()) if keys else ""
    listed = "".join(f"- {class_}\n" for class_ in classes)
    return f"---\ntable_name: {name}\nclasses:\n{listed}milestone: '18.9'\ngitlab_schema: {schema}\n{sharding}"


BLOB_COLUMNS: Final = ("id bigint NOT NULL", "updated_at timestamp with time zone", "file_store smallint", "file text")

RUBY: Final[Mapping[str, str]] = {
    "app/models/application_record.rb": (
        "class ApplicationRecord < ActiveRecord::Base\n  self.abstract_class = true\nend\n"
    ),
    "app/models/sec_application_record.rb": (
        "class SecApplicationRecord < ApplicationRecord\n  self.abstract_class = true\nend\n"
    ),
    "app/models/concerns/file_store_mounter.rb": "module FileStoreMounter\nend\n",
    "app/models/concerns/has_repository.rb": "module HasRepository\n  def repository; end\nend\n",
    "app/uploaders/records_uploads.rb": "module RecordsUploads\n  module Concern\n  end\nend\n",
    "app/uploaders/gadget_uploader.rb": "class GadgetUploader < GitlabUploader\nend\n",
    "app/uploaders/gadgets/part_uploader.rb": "module Gadgets\n  class PartUploader < GitlabUploader\n  end\nend\n",
    "app/uploaders/recorded_uploader.rb": (
        "class RecordedUploader < GitlabUploader\n  include RecordsUploads::Concern\nend\n"
    ),
    "app/uploaders/recorded_child_uploader.rb": "class RecordedChildUploader < RecordedUploader\nend\n",
    # By its concern, in the nesting of which the uploader's name is looked up.
    "app/models/concerns/gadgets/mounted.rb": HEAD
    + (
        "module Gadgets\n  module Mounted\n    extend ActiveSupport::Concern\n\n    included do\n"
        "      include FileStoreMounter\n\n      mount_file_store_uploader PartUploader\n    end\n  end\nend\n"
    ),
    "app/models/gadgets.rb": "module Gadgets\n  def self.table_name_prefix\n    'gadgets_'\n  end\nend\n",
    "app/models/gadgets/concerned.rb": (
        "module Gadgets\n  class Concerned < ApplicationRecord\n    include Mounted\n\n"
        "    belongs_to :project\n  end\nend\n"
    ),
    # By its parent, which has no table.
    "ee/app/models/gadgets/entry.rb": (
        "module Gadgets\n  class Entry < ApplicationRecord\n    self.abstract_class = true\n\n"
        "    mount_uploader :blueprint, ::GadgetUploader\n  end\nend\n"
    ),
    "ee/app/models/gadgets/kept_entry.rb": "module Gadgets\n  class KeptEntry < Entry\n  end\nend\n",
    # Single-table inheritance; what a comment and a heredoc say is not there.
    "app/models/gizmo.rb": HEAD
    + (
        "class Gizmo < ApplicationRecord\n  # mount_uploader :photo, GadgetUploader\n"
        "  TEXT = <<~RUBY\n    mount_uploader :photo, GadgetUploader\n    self.table_name = 'wrong'\n  RUBY\nend\n"
    ),
    "app/models/gizmos/special.rb": "module Gizmos\n  class Special < ::Gizmo\n    mount_uploader(\n"
    "      :photo,\n      GadgetUploader\n    )\n  end\nend\n",
    "app/models/nested_owner.rb": (
        "class NestedOwner < ApplicationRecord\n  class Part < ApplicationRecord\n  end\nend\n"
    ),
    "app/models/renamed.rb": (
        'class Renamed < ApplicationRecord\n  self.table_name = "#{Gadgets.table_name_prefix}renamed_ones"\nend\n'
    ),
    # A concern's value holds until the class sets its own.
    "app/models/concerns/numbered.rb": (
        "module Numbered\n  included do\n    self.primary_key = :number\n    self.table_name_prefix = 'old_'\n  end\nend\n"
    ),
    "app/models/composite.rb": (
        "class Composite < ApplicationRecord\n  include Numbered\n\n  self.primary_key = :id\n\n"
        "  mount_uploader :file, GadgetUploader\nend\n"
    ),
    "app/models/prefixed.rb": (
        "class Prefixed < ApplicationRecord\n  include Numbered\n\n  self.table_name_prefix = 'new_'\nend\n"
    ),
    # No records: made of a struct, an error, and one of the database that each secondary has to itself.
    "app/models/structured.rb": "class Structured < Struct.new(:id)\n  include HasRepository\nend\n",
    "app/models/failing.rb": "class Failing < StandardError\n  include HasRepository\nend\n",
    "ee/app/models/geo/tracking_base.rb": (
        "module Geo\n  class TrackingBase < ApplicationRecord\n    self.abstract_class = true\n  end\nend\n"
    ),
    "ee/app/models/geo/tracked.rb": (
        "module Geo\n  class Tracked < Geo::TrackingBase\n    mount_uploader :file, GadgetUploader\n  end\nend\n"
    ),
    "app/models/keyed.rb": (
        "class Keyed < ApplicationRecord\n  self.primary_key = :project_id\n\n  mount_uploader :file, GadgetUploader\nend\n"
    ),
    "ee/app/models/secured.rb": (
        "class Secured < ::SecApplicationRecord\n  mount_file_store_uploader GadgetUploader, file_field: :report\nend\n"
    ),
    "app/models/shared_by_two.rb": (
        "class SharedByTwo < ApplicationRecord\n  mount_file_store_uploader GadgetUploader\nend\n"
    ),
    "app/models/storeless.rb": (
        "class Storeless < ApplicationRecord\n  mount_uploader :drawing, GadgetUploader\nend\n"
    ),
    "app/models/recorded.rb": (
        "class Recorded < ApplicationRecord\n  mount_uploader :photo, RecordedChildUploader\nend\n"
    ),
    "app/models/unwanted_file.rb": (
        "class UnwantedFile < ApplicationRecord\n  mount_file_store_uploader Gadgets::PartUploader\nend\n"
    ),
    "app/models/versioned.rb": "class Versioned < ApplicationRecord\n  include HasRepository\nend\n",
    "app/models/reaching.rb": (
        "class Reaching < ApplicationRecord\n  belongs_to :project\n\n  def repository\n    project.repository\n  end\nend\n"
    ),
    # What its singleton class has, or another class, is not its own; its repository is made by the type of it.
    "app/models/singular.rb": (
        "class Singular < ApplicationRecord\n  class << self\n    include HasRepository\n\n"
        "    private def table_name_prefix\n      'one_'\n    end\n  end\n\n"
        "  singleton_class.include HasRepository\n  Versioned.include HasRepository\nend\n"
    ),
    "app/models/typed.rb": (
        "class Typed < ApplicationRecord\n  def repository\n"
        "    @repository ||= Gitlab::GlRepository::TYPED.repository_for(self)\n  end\nend\n"
    ),
    "spec/factories/others.rb": (
        "FactoryBot.define do\n  factory :one_with_path, class: 'gizmos/special'\n  factory :typed_one, class: :typed\nend\n"
    ),
    "app/models/plain_ruby.rb": "class PlainRuby\n  include HasRepository\nend\n",
    "app/models/extended.rb": "class Extended < ApplicationRecord\nend\n\nExtended.prepend_mod_with('Extended')\n",
    "ee/app/models/ee/extended.rb": (
        "module EE\n  module Extended\n    extend ActiveSupport::Concern\n\n    prepended do\n"
        "      mount_uploader :file, GadgetUploader\n    end\n  end\nend\n"
    ),
    "app/models/replicated.rb": "class Replicated < ApplicationRecord\nend\n\nReplicated.prepend_mod\n",
    "app/models/replicated_child.rb": "class ReplicatedChild < Replicated\nend\n",
    "ee/app/models/ee/replicated.rb": (
        "module EE\n  module Replicated\n    prepended do\n      include ::Geo::ReplicableModel\n\n"
        "      with_replicator ::Geo::ReplicatedReplicator\n    end\n  end\nend\n"
    ),
    "ee/app/replicators/geo/replicated_replicator.rb": (
        "module Geo\n  class ReplicatedReplicator < Gitlab::Geo::Replicator\n    include ::Geo::BlobReplicatorStrategy\n\n"
        "    def self.model\n      ::Replicated\n    end\n  end\nend\n"
    ),
    "ee/app/models/concerns/geo/blob_replicator_strategy.rb": "module Geo\n  module BlobReplicatorStrategy\n  end\nend\n",
    "spec/factories/odd_place.rb": (
        "FactoryBot.define do\n  factory :gadget_thing, class: 'Gadgets::Concerned' do\n    transient do\n"
        "      group { nil }\n    end\n\n    factory :gadget_thing_with_part\n  end\nend\n"
    ),
    "ee/spec/factories/deep/er/secureds.rb": (
        "FactoryBot.define do\n  factory :a_secured_one, class: Secured do\n    project\n\n"
        "    trait :remote do\n      report_store { 2 }\n    end\n  end\n\n  factory :other, parent: :a_secured_one\nend\n"
    ),
    "ee/spec/factories/deep/additions.rb": (
        "FactoryBot.modify do\n  factory :a_secured_one do\n    transient do\n      organization { nil }\n    end\n\n"
        "    trait :checked do\n      size { 1 }\n    end\n  end\nend\n"
    ),
    "ee/spec/uploaders/every_gitlab_uploader_spec.rb": (
        "RSpec.describe 'Every GitLab uploader' do\n  def known_unimplemented_uploader?(uploader)\n    {\n"
        "      GadgetUploader => 'This feature is not yet released. We do want to replicate this.',\n"
        '      Gadgets::PartUploader => "We don\'t want to replicate these files."\n    }.key?(uploader)\n  end\nend\n'
    ),
}

TABLES: Final = {
    "gadgets_concerneds": (
        table("gadgets_concerneds", *BLOB_COLUMNS, "project_id bigint NOT NULL"),
        ["Gadgets::Concerned"],
    ),
    "gadgets_kept_entries": (
        table("gadgets_kept_entries", "group_id bigint NOT NULL", "iid integer", "blueprint text", key="group_id, iid"),
        ["Gadgets::KeptEntry"],
    ),
    "gizmos": (table("gizmos", "id bigint", "photo text", "photo_store smallint"), ["Gizmo", "Gizmos::Special"]),
    "gadgets_renamed_ones": (table("gadgets_renamed_ones", "id bigint"), ["Renamed"]),
    "composites": (
        table("composites", *BLOB_COLUMNS, "part integer", key="id, part", parted="\nPARTITION BY LIST (part)"),
        ["Composite"],
    ),
    "keyeds": (table("keyeds", *BLOB_COLUMNS, "project_id bigint", key="project_id"), ["Keyed"]),
    "secureds": (
        table("secureds", "id bigint", "report text", "report_store smallint", "project_id bigint"),
        ["Secured"],
    ),
    "shared_by_twos": (
        table("shared_by_twos", *BLOB_COLUMNS, "project_id bigint", "group_id bigint"),
        ["SharedByTwo"],
    ),
    "storelesses": (table("storelesses", "id bigint NOT NULL", "drawing text"), ["Storeless"]),
    "recordeds": (table("recordeds", "id bigint NOT NULL", "photo text"), ["Recorded"]),
    "recorded_uploads": (
        table("recorded_uploads", "id bigint", "model_type text", key="id, model_type"),
        ["Recorded", "Upload"],
    ),
    "unwanted_files": (table("unwanted_files", *BLOB_COLUMNS), ["UnwantedFile"]),
    "versioneds": (table("versioneds", "id bigint"), ["Versioned"]),
    "reachings": (table("reachings", "id bigint", "project_id bigint"), ["Reaching"]),
    "extendeds": (table("extendeds", *BLOB_COLUMNS), ["Extended"]),
    "replicateds": (table("replicateds", *BLOB_COLUMNS), ["Replicated"]),
    "uploads": (
        table(
            "uploads", "id bigint", "model_type text", key="id, model_type", parted="\nPARTITION BY LIST (model_type)"
        ),
        ["Upload"],
    ),
    "nested_owners": (table("nested_owners", "id bigint"), ["NestedOwner"]),
}
SCHEMAS: Final = {"secureds": "gitlab_sec"}
SHARDING: Final[Mapping[str, Mapping[str, str]]] = {
    "gadgets_concerneds": {"project_id": "projects"},
    "secureds": {"project_id": "projects"},
    "shared_by_twos": {"project_id": "projects", "group_id": "namespaces"},
}
STRUCTURE: Final = (
    "SET search_path=public;\n\n"
    + "".join(text for text, _ in TABLES.values())
    + "ALTER TABLE ONLY uploads ATTACH PARTITION recorded_uploads FOR VALUES IN ('Recorded');\n\n"
    + "ALTER TABLE ONLY gadgets_concerneds\n    ADD CONSTRAINT fk_1 FOREIGN KEY (project_id) REFERENCES projects(id)"
    + " ON DELETE CASCADE;\n"
)
FILES: Final[Mapping[str, str]] = {
    **RUBY,
    "db/structure.sql": STRUCTURE,
    "config/gitlab_loose_foreign_keys.yml": (
        "---\nsecureds:\n  - table: projects\n    column: project_id\n    conditions:\n"
        "      - column: report\n        value: kept\n    on_delete: async_delete\n"
    ),
    **{
        f"db/docs/{name}.yml": dictionary(name, classes, SCHEMAS.get(name, "gitlab_main_org"), **SHARDING.get(name, {}))
        for name, (_, classes) in TABLES.items()
    },
}
"""Every file by its path."""
