"""What a GitLab checkout holds around the created files: the model, its storage, and the entries in existing files.

The entries are the generated lines, pasted where they say.
"""

import json
import textwrap

from geo_scaffold.edition.templates import nest
from geo_scaffold.names.inflector import Inflector

from .rendering import Tree

_HEADER = "# frozen_string_literal: true\n\n"


def surroundings(tree: Tree) -> dict[str, str]:
    """Return the files of the checkout by path, entries made."""
    names, parts = tree.names, tree.parts
    files = {
        names["model_file"]: _model(tree),
        # What the stand-ins need to know of a type, and cannot derive because Geo does not either.
        "type.json": json.dumps(
            {**names, "kind": tree.case.kind, "owner": tree.case.owner, "edition": tree.edition}, indent=2
        ),
        "config/initializers_before_autoloader/000_inflections.rb": f"""\
ActiveSupport::Inflector.inflections do |inflect|
  inflect.uncountable %w[
{_indented(parts["inflection"], 4)}
  ]
  %w[CDN EE JH CSP VSCode FIPS].each {{ |acronym| inflect.acronym(acronym) }}
  inflect.irregular 'cache', 'caches'
end
""",
        "ee/lib/gitlab/geo.rb": f"""\
module Gitlab
  module Geo
    REPLICATOR_CLASSES = [
{_indented(parts["replicator-classes"], 6)}
    ].freeze

    class << self
      attr_accessor :current_node
      attr_writer :primary

      def replicator_classes
        REPLICATOR_CLASSES
      end

      def primary?
        @primary
      end
    end
  end
end
""",
        "ee/app/workers/geo/secondary/registry_consistency_worker.rb": f"""\
module Geo
  module Secondary
    class RegistryConsistencyWorker
      REGISTRY_CLASSES = [
{_indented(parts["registry-classes"], 8)}
      ].freeze
    end
  end
end
""",
        "ee/app/graphql/types/geo/geo_node_type.rb": f"""\
module Types
  module Geo
    class GeoNodeType < BaseObject
      graphql_name 'GeoNode'

      authorize :read_geo_node

      field :id, GraphQL::Types::ID, null: false, description: 'ID of the site.'
{_indented(parts["graphql-field"], 6)}
    end
  end
end
""",
    }
    if "stub-object-storage" in parts:
        stub = _indented(parts["stub-object-storage"], 2)
        files["spec/support/helpers/stub_object_storage.rb"] = f"module StubObjectStorage\n{stub}\nend\n"
    if tree.case.kind == "repository":
        *modules, name = names["git_access_class"].split("::")
        folder, body = "lib", f"class {name} < Gitlab::GitAccess\nend\n"
        path = names["git_access_class"]
    else:
        *modules, name = names["uploader_class"].split("::")
        folder, body = "app/uploaders", f"class {name} < GitlabUploader\n  include ObjectStorage::Concern\nend\n"
        path = names["uploader_class"]
    files[f"{folder}/{Inflector.gitlab().underscore(path)}.rb"] = nest(body, modules)
    return {path: (_HEADER if path.endswith(".rb") else "") + text for path, text in files.items()}


def _model(tree: Tree) -> str:
    """Return the model as it is before Geo: a table, an owner, and something stored."""
    *modules, name = tree.case.model.split("::")
    # GitLab's namespaces declare the prefix of their tables.
    lines = [f"self.table_name = '{tree.names['table']}'"] if modules else []
    owners = tree.case.owner or "project"
    for owner in (owners,) if isinstance(owners, str) else owners:
        if owner == "none":
            continue
        class_name = ", class_name: 'Organizations::Organization'" if owner == "organization" else ""
        optional = "" if isinstance(owners, str) else ", optional: true"
        lines.append(f"belongs_to :{owner}{class_name}{optional}")
    lines.append("include WithRepository" if tree.case.kind == "repository" else tree.parts["object-storage"])
    if tree.case.kind == "blob" and tree.edition == "18":
        # Edition 16's mixin has this, for models that have no file yet.
        lines.append(f"mount_uploader :file, ::{tree.names['uploader_class']}")
    body = f"class {name} < ApplicationRecord\n" + textwrap.indent("\n".join(lines), "  ") + "\nend\n"
    return nest(body, modules) + f"\n{tree.parts['prepend-mod']}\n"


def _indented(text: str, columns: int) -> str:
    return textwrap.indent(text.rstrip("\n"), " " * columns)
