"""What a GitLab checkout holds around the created files: the model, its storage, and the entries in existing files.

The entries are the generated lines, pasted where they say.
"""

import json
import textwrap

from geo_scaffold.edition.templates import nest
from geo_scaffold.kinds import KINDS
from geo_scaffold.names.inflector import Inflector

from .rendering import PARENT, Tree

_HEADER = "# frozen_string_literal: true\n\n"


def surroundings(tree: Tree) -> dict[str, str]:
    """Return the files of the checkout by path, entries made."""
    names, parts = tree.names, tree.parts
    has_own_class = KINDS[tree.case.kind].has_own_class
    registries = _indented(parts["registry-classes"], 8)
    if since(tree, 19):  # which derives it, and with it the types of all registries
        registries = "        *Gitlab::Geo.registry_classes"
    parent = f"app/models/{Inflector.gitlab().underscore(PARENT)}.rb"
    files = {
        parent if has_own_class else names["model_file"]: _model(tree),
        # What the stand-ins need to know about a type, and cannot derive because Geo does not either.
        "type.json": json.dumps(
            {
                **names,
                "kind": tree.case.kind,
                "owner": tree.case.owner,
                "edition": tree.edition,
                "parent_table": "cool_widgets" if has_own_class else None,
            },
            indent=2,
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

      def registry_classes
        REPLICATOR_CLASSES.map(&:registry_class)
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
{registries}
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
{_indented(parts.get("graphql-field", ""), 6)}
    end
  end
end
""",
    }
    if "stub-object-storage" in parts:
        stub = _indented(parts["stub-object-storage"], 2)
        files["spec/support/helpers/stub_object_storage.rb"] = f"module StubObjectStorage\n{stub}\nend\n"
    if has_own_class:  # whose files Upload stores
        return _with_headers(files)
    if tree.case.kind == "repository":
        *modules, name = names["git_access_class"].split("::")
        folder, body = "lib", f"class {name} < Gitlab::GitAccess\nend\n"
        path = names["git_access_class"]
    else:
        *modules, name = names["uploader_class"].split("::")
        folder, body = "app/uploaders", f"class {name} < GitlabUploader\n  include ObjectStorage::Concern\nend\n"
        path = names["uploader_class"]
    files[f"{folder}/{Inflector.gitlab().underscore(path)}.rb"] = nest(body, modules)
    return _with_headers(files)


def _with_headers(files: dict[str, str]) -> dict[str, str]:
    return {path: (_HEADER if path.endswith(".rb") else "") + text for path, text in files.items()}


def since(tree: Tree, edition: int) -> bool:
    """Tell whether a tree is one of an edition, or of one that builds on it."""
    return int(tree.edition) >= edition


def _model(tree: Tree) -> str:
    """Return the model before Geo: a table, an owner, and something stored.

    Of a class that exists for Geo alone that is the one whose files it reads.
    """
    has_own_class = KINDS[tree.case.kind].has_own_class
    *modules, name = (PARENT if has_own_class else tree.case.model).split("::")
    # GitLab's namespaces declare the prefix of their tables.
    lines = [f"self.table_name = '{tree.names['table']}'"] if modules else []
    owners = tree.case.owner or "project"
    for owner in (owners,) if isinstance(owners, str) else owners:
        if owner == "none":
            continue
        class_name = ", class_name: 'Organizations::Organization'" if owner == "organization" else ""
        optional = "" if isinstance(owners, str) else ", optional: true"
        lines.append(f"belongs_to :{owner}{class_name}{optional}")
    if has_own_class:
        body = f"class {name} < ApplicationRecord\n" + textwrap.indent("\n".join(lines), "  ") + "\nend\n"
        return body.replace("belongs_to :user", "belongs_to :uploaded_by_user, class_name: 'User'")
    lines.append("include WithRepository" if tree.case.kind == "repository" else tree.parts["object-storage"])
    if tree.case.kind == "blob" and since(tree, 18):
        # Edition 16's mixin has this, for models that have no file yet.
        lines.append(f"mount_uploader :file, ::{tree.names['uploader_class']}")
    body = f"class {name} < ApplicationRecord\n" + textwrap.indent("\n".join(lines), "  ") + "\nend\n"
    return nest(body, modules) + f"\n{tree.parts['prepend-mod']}\n"


def _indented(text: str, columns: int) -> str:
    return textwrap.indent(text.rstrip("\n"), " " * columns)
