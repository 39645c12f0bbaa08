"""Every spelling of a name that Geo's classes, tables, files and flags need; data.

Each spelling has a description, a shape and a derivation from earlier ones. A value that is given instead of derived
affects everything derived after it. Geo itself derives most of them, in ee/lib/gitlab/geo/replicator.rb and
ee/app/models/geo/base_registry.rb, and does not find a spelling that differs.
"""

import re
import sys
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from geo_scaffold.kinds import DEFAULT, KINDS, Kind
from geo_scaffold.names.identifiers import MAX_IDENTIFIER_BYTES
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.names.reserved import PYTHON_MODULES
from geo_scaffold.records import dataclass, field


class Shape(NamedTuple):
    """The form of a spelling's values.

    The patterns are narrow on purpose: what they accept needs no quoting in Ruby, YAML, Markdown, a template or a path.

    Attributes:
        description: Its description, with an article.
        pattern: The regular expression that the whole value matches.
        example: A value that matches.
        max_length: The maximum length of a value.
    """

    description: str
    pattern: re.Pattern[str]
    example: str
    max_length: int = 200

    def accepts(self, value: str) -> bool:
        """Return whether a value has this shape."""
        return len(value) <= self.max_length and self.pattern.fullmatch(value) is not None


# Each narrower than what Ruby, Rails or PostgreSQL would take, as names are put into files of several languages.
CONSTANT: Final = Shape(
    "a Ruby constant (CamelCase parts joined by ::)",
    re.compile(r"[A-Z][A-Za-z0-9]*(?:::[A-Z][A-Za-z0-9]*)*"),
    "Packages::Nuget::Symbol",
)
SNAKE: Final = Shape(
    "a snake-case name (lower-case letters, digits, single underscores)",
    re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"),
    "cool_widget",
)
IDENTIFIER: Final = Shape(
    f"a PostgreSQL identifier (snake case, at most {MAX_IDENTIFIER_BYTES} bytes)",
    SNAKE.pattern,
    "cool_widgets",
    MAX_IDENTIFIER_BYTES,
)
PACKAGE: Final = Shape(
    "the name of a Python package (a snake-case name, with an underscore at the end where it is taken)",
    re.compile(rf"{SNAKE.pattern.pattern}_?"),
    "cool_widgets",
)
PATH: Final = Shape(
    "the path of a Ruby file (snake-case parts joined by /, ending in .rb)",
    re.compile(r"(?:[a-z0-9_]{1,200}/)*[a-z0-9_]{1,200}\.rb"),
    "app/models/cool_widget.rb",
    1000,
)
CAMEL: Final = Shape("a name in camel case (letters and digits)", re.compile(r"[A-Za-z][A-Za-z0-9]*"), "CoolWidget")
ENUM: Final = Shape(
    "a GraphQL enum value (capitals, digits, single underscores)",
    re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"),
    "COOL_WIDGET_REGISTRY",
)
MODEL_PATH: Final = Shape(
    "a model's path (snake-case parts joined by /)",
    re.compile(r"[a-z][a-z0-9_]*(?:/[a-z][a-z0-9_]*)*"),
    "packages/nuget/symbol",
)
TITLE: Final = Shape(
    "a title (one line of ASCII letters, digits, single spaces and ./()&+-, first a letter or digit)",
    re.compile(r"[A-Za-z0-9](?: ?[A-Za-z0-9./()&+-])*"),
    "NuGet Symbol",
)


@dataclass(eq=False, repr=False, slots=True)
class Draft:
    """The spellings that are known while the next one is derived.

    Attributes:
        inflector: The inflector for its names.
        ee_only: Whether the model exists in GitLab EE only.
        values: The values so far.
        given: The values given by the user, by key.
        kind: The kind of the type.
    """

    inflector: Inflector
    ee_only: bool
    values: dict[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = KINDS[DEFAULT]

    def __getitem__(self, key: str) -> str:
        return self.values[key]


class Spelling(NamedTuple):
    """One spelling of a name.

    Attributes:
        key: Its name in `--set`, in templates and in the JSON.
        group: The heading under which `names` shows it.
        description: What it is.
        shape: Its form.
        rule: How it is derived from earlier ones.
        may_be_empty: Whether it may be absent, given as the empty string.
    """

    key: str
    group: str
    description: str
    shape: Shape
    rule: Callable[[Draft], str]
    may_be_empty: bool = False


def _name(draft: Draft) -> str:
    """Return the replicable name, which is also the name of a class that exists for Geo alone, without `Geo::`."""
    if draft.kind.named_after == "model":
        return draft["param_key"]
    return draft.inflector.underscore(draft["model_name"])


def _table(draft: Draft) -> str:
    """Return the table as Active Record computes it, with the prefix that GitLab's namespaces declare.

    Only the last part is made plural (`undecorated_table_name` in active_record/model_schema.rb). A class that exists
    for a table declares that table.
    """
    if draft.kind.named_after == "table":
        return draft["name_plural"]
    if "name_plural" in draft.given and draft["name"] == draft["param_key"]:
        return draft["name_plural"]
    prefix = draft["param_key"].removesuffix(draft.inflector.underscore(draft["model_name"]))
    return prefix + draft.inflector.tableize(draft["model_name"])


def _param_key_plural(draft: Draft) -> str:
    if draft["param_key"] == draft["name"]:
        return draft["name_plural"]
    return draft.inflector.pluralize(draft["param_key"])


def _title_plural(draft: Draft) -> str:
    if "title" in draft.given:
        return draft.inflector.pluralize(draft["title"])
    return draft.inflector.titleize(draft["name_plural"])


def _graphql_camel(name: str) -> str:
    """Return a field's name as GraphQL-Ruby derives it; unlike Active Support it knows no acronyms."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _file(folder: str, class_key: str, *, without: str = "") -> Callable[[Draft], str]:
    """Return the rule for the file where Zeitwerk looks for a class, below one of its autoload paths."""
    return lambda n: f"{folder}/{n.inflector.underscore(n[class_key].removeprefix(without))}.rb"


def _data_type(draft: Draft) -> str:
    """Return `data_type_for` of the uploader's name, as in ee/spec/uploaders/every_gitlab_uploader_spec.rb."""
    uploader = draft["uploader_class"].removesuffix("Uploader").removesuffix("::")
    return draft.inflector.underscore(uploader).replace("/", "_") or draft["name"]


def _package(draft: Draft) -> str:
    """Return the plural, with an underscore if Python or the runtime's dependencies have a module of that name."""
    plural = draft["name_plural"]
    return f"{plural}_" if plural in sys.stdlib_module_names or plural in PYTHON_MODULES else plural


SPELLINGS: Final[tuple[Spelling, ...]] = (
    Spelling("model", "Model", "Active Record class", CONSTANT, lambda n: n["model"]),
    Spelling(
        "model_name", "Model", "class without its namespaces", CONSTANT, lambda n: n.inflector.demodulize(n["model"])
    ),
    Spelling("namespaces", "Model", "its namespaces", CONSTANT, lambda n: n.inflector.deconstantize(n["model"]), True),
    Spelling(
        "model_path", "Model", "its path below app/models", MODEL_PATH, lambda n: n.inflector.underscore(n["model"])
    ),
    Spelling("model_file", "Model", "its file", PATH, lambda n: f"{'ee/' * n.ee_only}app/models/{n['model_path']}.rb"),
    Spelling(
        "ee_model_file",
        "Model",
        "file of Geo's code: the EE mixin, or the class itself when it is EE-only",
        PATH,
        lambda n: n["model_file"] if n.ee_only else f"ee/app/models/ee/{n['model_path']}.rb",
    ),
    Spelling("param_key", "Model", "its parameter key", SNAKE, lambda n: n["model_path"].replace("/", "_")),
    Spelling("name", "Replicable", "replicable name", SNAKE, _name),
    Spelling("name_plural", "Replicable", "its plural", SNAKE, lambda n: n.inflector.pluralize(n["name"])),
    Spelling("camel", "Replicable", "camel case", CAMEL, lambda n: n.inflector.camelize(n["name"])),
    Spelling("camel_plural", "Replicable", "its plural", CAMEL, lambda n: n.inflector.camelize(n["name_plural"])),
    Spelling("lower_camel", "Replicable", "lower camel case", CAMEL, lambda n: n.inflector.camelize(n["name"], False)),
    Spelling(
        "lower_camel_plural", "Replicable", "its plural", CAMEL, lambda n: n.inflector.camelize(n["name_plural"], False)
    ),
    Spelling("human", "Replicable", "phrase", TITLE, lambda n: n.inflector.humanize(n["name"])),
    Spelling("replicator_class", "Replicable", "replicator", CONSTANT, lambda n: f"Geo::{n['camel']}Replicator"),
    Spelling("replicator_file", "Replicable", "its file", PATH, _file("ee/app/replicators", "replicator_class")),
    Spelling("title", "Titles", "title", TITLE, lambda n: n.inflector.titleize(n["name"])),
    Spelling("title_plural", "Titles", "its plural", TITLE, _title_plural),
    Spelling("param_key_plural", "Model", "name in the data management API", SNAKE, _param_key_plural),
    Spelling("table", "Model", "its table", IDENTIFIER, _table),
    Spelling("registry_class", "Registry", "registry", CONSTANT, lambda n: f"Geo::{n['camel']}Registry"),
    Spelling("registry_file", "Registry", "its file", PATH, _file("ee/app/models", "registry_class")),
    Spelling("registry_table", "Registry", "its table", IDENTIFIER, lambda n: f"{n['name']}_registry"),
    Spelling("registry_association", "Registry", "its association to the model", SNAKE, lambda n: n["name"]),
    Spelling(
        "registry_foreign_key",
        "Registry",
        "the column behind it",
        IDENTIFIER,
        lambda n: f"{n['registry_association']}_id",
    ),
    Spelling("finder_class", "Registry", "finder", CONSTANT, lambda n: f"Geo::{n['camel']}RegistryFinder"),
    Spelling("finder_file", "Registry", "its file", PATH, _file("ee/app/finders", "finder_class")),
    Spelling("state_class", "State", "verification state", CONSTANT, lambda n: f"Geo::{n['camel']}State"),
    Spelling("state_file", "State", "its file", PATH, _file("ee/app/models", "state_class")),
    Spelling(
        "state_association",
        "State",
        "the model's association to it",
        SNAKE,
        lambda n: n.inflector.underscore(n.inflector.demodulize(n["state_class"])),
    ),
    Spelling("state_table", "State", "its table", IDENTIFIER, lambda n: n.inflector.pluralize(n["state_association"])),
    Spelling(
        "state_foreign_key",
        "State",
        "its column for the model",
        IDENTIFIER,
        lambda n: f"{n['registry_association']}_id",
    ),
    Spelling(
        "state_model",
        "State",
        "its association to the model",
        SNAKE,
        lambda n: n["state_foreign_key"].removesuffix("_id"),
    ),
    Spelling(
        "state_references",
        "State",
        "the table that `t.references` takes it for",
        IDENTIFIER,
        lambda n: n.inflector.pluralize(n["state_model"]),
    ),
    Spelling("graphql_type", "GraphQL", "type", CAMEL, lambda n: f"{n['camel']}Registry"),
    Spelling("type_class", "GraphQL", "its class", CONSTANT, lambda n: f"Types::Geo::{n['camel']}RegistryType"),
    Spelling("type_file", "GraphQL", "its file", PATH, _file("ee/app/graphql/types", "type_class", without="Types::")),
    Spelling("graphql_field", "GraphQL", "field of GeoNode", SNAKE, lambda n: f"{n['name']}_registries"),
    Spelling(
        "graphql_field_camel", "GraphQL", "the same in queries", CAMEL, lambda n: _graphql_camel(n["graphql_field"])
    ),
    Spelling(
        "resolver_class",
        "GraphQL",
        "resolver of the field",
        CONSTANT,
        lambda n: f"Resolvers::Geo::{n['camel']}RegistriesResolver",
    ),
    Spelling(
        "resolver_file",
        "GraphQL",
        "its file",
        PATH,
        _file("ee/app/graphql/resolvers", "resolver_class", without="Resolvers::"),
    ),
    Spelling(
        "graphql_enum",
        "GraphQL",
        "registry class in mutations",
        ENUM,
        lambda n: n.inflector.underscore(n.inflector.demodulize(n["registry_class"])).upper(),
    ),
    Spelling(
        "graphql_foreign_key",
        "GraphQL",
        "the registry's column in queries",
        CAMEL,
        lambda n: _graphql_camel(n["registry_foreign_key"]),
    ),
    Spelling("factory", "Factories", "the model's factory", SNAKE, lambda n: n["param_key"]),
    Spelling(
        "model_path_plural",
        "Factories",
        "path of the model's factory below spec/factories",
        MODEL_PATH,
        lambda n: (
            n.inflector.underscore(f"{n['namespaces']}::" if n["namespaces"] else "")
            + n.inflector.pluralize(n.inflector.underscore(n["model_name"]))
        ),
    ),
    Spelling(
        "ee_factory_file",
        "Factories",
        "its file in ee/",
        PATH,
        lambda n: f"ee/spec/factories/{n['model_path_plural']}.rb",
    ),
    Spelling("registry_factory", "Factories", "the registry's factory", SNAKE, lambda n: f"geo_{n['name']}_registry"),
    Spelling(
        "registry_factory_file",
        "Factories",
        "its file",
        PATH,
        lambda n: f"ee/spec/factories/geo/{n['name']}_registry.rb",
    ),
    Spelling(
        "state_factory", "Factories", "the state's factory", SNAKE, lambda n: f"geo_{n['state_association']}", True
    ),
    Spelling(
        "state_factory_file",
        "Factories",
        "its file",
        PATH,
        lambda n: n["state_factory"] and f"ee/spec/factories/geo/{n.inflector.pluralize(n['state_association'])}.rb",
        True,
    ),
    Spelling("replication_flag", "Feature flags", "replication", SNAKE, lambda n: f"geo_{n['name']}_replication"),
    Spelling(
        "checksumming_flag",
        "Feature flags",
        "checksumming on the primary",
        SNAKE,
        lambda n: f"geo_{n['name']}_force_primary_checksumming",
    ),
    Spelling("metric_prefix", "Metrics", "prefix in Prometheus", SNAKE, lambda n: f"geo_{n['name_plural']}"),
    Spelling("status_prefix", "Metrics", "prefix in the site status", SNAKE, lambda n: n["name_plural"]),
    Spelling("runtime_package", "Runtime", "Python package of the reference runtime", PACKAGE, _package),
    Spelling("git_access_class", "Storage", "Git access check", CONSTANT, lambda n: f"Gitlab::GitAccess{n['camel']}"),
    Spelling("uploader_class", "Storage", "uploader", CONSTANT, lambda n: f"{n['model']}Uploader"),
    Spelling(
        "uploader_data_type",
        "Storage",
        "what GitLab's guard spec takes its files for",
        SNAKE,
        _data_type,
    ),
)
"""Every spelling, in the order of its derivation."""
