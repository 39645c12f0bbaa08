"""What a GitLab checkout holds around the created files: the model, its storage, and the entries in existing files.

The entries are what a developer would write by hand; they give way to generated ones as soon as there are any.
"""

import json
import textwrap

from geo_scaffold.edition.templates import nest
from geo_scaffold.inflector import Inflector

from .rendering import Tree

_HEADER = "# frozen_string_literal: true\n\n"


def surroundings(tree: Tree) -> dict[str, str]:
    """Return the files of the checkout by path, entries made."""
    names = tree.names
    underscore = Inflector.gitlab().underscore
    files = {
        names["model_file"]: _model(tree),
        # What the stand-ins need to know of a type, and cannot derive because Geo does not either.
        "type.json": json.dumps({**names, "kind": tree.kind}, indent=2),
        "config/initializers_before_autoloader/000_inflections.rb": f"""\
ActiveSupport::Inflector.inflections do |inflect|
  inflect.uncountable %w[
    {names["registry_table"]}
  ]
  %w[CDN EE JH CSP VSCode FIPS].each {{ |acronym| inflect.acronym(acronym) }}
  inflect.irregular 'cache', 'caches'
end
""",
        "ee/lib/gitlab/geo.rb": f"""\
module Gitlab
  module Geo
    REPLICATOR_CLASSES = [
      ::{names["replicator_class"]}
    ].freeze

    class << self
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
        {names["registry_class"]}
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
      field :{names["graphql_field"]}, ::{names["type_class"]}.connection_type,
            null: true,
            resolver: ::{names["resolver_class"]},
            description: 'Find {names["title"]} registries on this Geo node. '\\
                         'Ignored if `{names["replication_flag"]}` feature flag is disabled.',
            alpha: {{ milestone: '15.5' }}
    end
  end
end
""",
    }
    if tree.kind == "repository":
        *modules, access = names["git_access_class"].split("::")
        body = f"class {access} < Gitlab::GitAccess\nend\n"
        files[f"lib/{underscore(names['git_access_class'])}.rb"] = nest(body, modules)
    else:
        *modules, uploader = names["uploader_class"].split("::")
        body = f"class {uploader} < GitlabUploader\nend\n"
        files[f"app/uploaders/{underscore(names['uploader_class'])}.rb"] = nest(body, modules)
    return {path: (_HEADER if path.endswith(".rb") else "") + text for path, text in files.items()}


def _model(tree: Tree) -> str:
    """Return the model as it is before Geo: a table, an owner, and something stored."""
    *modules, name = tree.model.split("::")
    # GitLab's namespaces declare the prefix of their tables.
    lines = [f"self.table_name = '{tree.names['table']}'"] if modules else []
    lines += ["belongs_to :project"]
    lines += ["include WithRepository"] if tree.kind == "repository" else ["include ObjectStorable"]
    body = f"class {name} < ApplicationRecord\n" + textwrap.indent("\n".join(lines), "  ") + "\nend\n"
    return nest(body, modules) + f"\n{tree.model}.prepend_mod\n"
