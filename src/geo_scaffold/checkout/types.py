"""Types that were not generated: their names, kind and release state, from the files."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from geo_scaffold.answers import Answers
from geo_scaffold.checkout.facts import Checkout
from geo_scaffold.checkout.lookup import ee_factory_file, is_ee_only, spellings_of
from geo_scaffold.checkout.other_places import files_elsewhere, other_file_for
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.checkout.target import REPLICATORS
from geo_scaffold.edition import Op, load_manifest
from geo_scaffold.edition.manifest import ITEM, for_each
from geo_scaffold.edition.sources import released_by
from geo_scaffold.errors import GeoScaffoldError
from geo_scaffold.kinds import DEFAULT, KINDS, kind_including, registry_columns
from geo_scaffold.names import Names, build_names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.records import dataclass, replace

if TYPE_CHECKING:  # only an existing type is outlined
    from geo_scaffold.outline import Outline

_HELPERS: Final = "ee/spec/support/helpers/ee/geo_helpers.rb"
_FACTORIES: Final = "ee/spec/factories/geo"

# The titles in ee/app/replicators/geo/*_replicator.rb: `def self.replicable_title` with `s_('Geo|...')` below it.
_TITLES: Final = re.compile(r"def (?:self\.)?replicable_title(_plural)?\s+s_\(['\"]Geo\|([^'\"]+)['\"]\)")
# An entry of `custom_mapping` in ee/spec/support/helpers/ee/geo_helpers.rb: `'::Ci::SecureFile' => :ci_secure_file`.
_FACTORY: Final = re.compile(r"['\"](?:::)?(\w+(?:::\w+)*)['\"] => :(\w+)")
# Keys of ee/config/feature_flags/**/*.yml.
_ENABLED: Final = re.compile(r"^default_enabled:\s*true\b", re.MULTILINE)
_MILESTONE: Final = re.compile(r"^milestone:\s*['\"]?(\d+\.\d+)", re.MULTILINE)
_CI_RECORD: Final = "Ci::ApplicationRecord"
"""The superclass whose tables have the prefix `ci_`."""
_VERSION_OF_KEY: Final = re.compile(rf"\{{{ITEM}\.(\w+_version)\}}")
"""The version in the path of a migration that exists once for each sharding key."""
# Ruby's, in a class: what is commented out is no evidence of a kind.
_COMMENT: Final = re.compile(r"^[ \t]*#.*", re.MULTILINE)

NO_TIME: Final = "19700101000000"
"""The timestamp of a missing migration."""


@dataclass(frozen=True, slots=True)
class Clue:
    """A type in the checkout.

    Args:
        name: The replicable name.
        model: The Active Record class, as far as the files show it.
        kind: Its kind.
    """

    name: str
    model: str
    kind: str


def clue_of(name: str, checkout: Checkout) -> Clue:
    """Read the model and kind of a type from its files.

    Args:
        name: The replicable name.
        checkout: The reader of the checkout.
    """
    sources, inflector = checkout.sources, checkout.inflector
    camel = inflector.camelize(name)
    replicator = sources.outline(f"{REPLICATORS}/{name}_replicator.rb")
    registry = sources.outline(f"ee/app/models/geo/{name}_registry.rb")
    model = (
        replicator.value("model") or registry.value("model_class") or registry.value("MODEL_CLASS") or camel
    ).lstrip(":")
    included = {construct.key.first for construct in replicator.calls("include")}
    kind = kind_including(included)
    return Clue(name, model, kind.name if kind else _kind_of_rest(name, inflector.underscore(model), sources))


class Spelled(NamedTuple):
    """The spellings of a type that was not generated.

    Args:
        names: Every spelling.
        given: Those that cannot be derived from the model and the replicable name.
        usual: The spellings that it would have otherwise.
        ee_only: Whether the model is only in `ee/`.
    """

    names: Names
    given: Mapping[str, str]
    usual: Names
    ee_only: bool


def spelled(clue: Clue, checkout: Checkout) -> Spelled:
    """Return the spellings that people gave a type.

    Args:
        clue: What the files show about it.
        checkout: The reader of the checkout.

    Raises:
        InvalidNameError: No Geo class could be derived from its name.
    """
    ee_only = is_ee_only(clue.model, checkout)
    given: dict[str, str] = {}
    names = usual = _built(clue, given, checkout.inflector, ee_only=ee_only)
    for key, value in _candidates(clue, names, checkout):
        if value is None or names[key] == value:
            continue
        try:
            names = _built(clue, {**given, key: value}, checkout.inflector, ee_only=ee_only)
        except GeoScaffoldError:
            continue  # not a valid name: the audit reports it where it matters
        given[key] = value
    return Spelled(names, given, usual, ee_only)


def type_of_class(model: str, checkout: Checkout) -> Clue | None:
    """Return the type of a class in a checkout, or None if it has none, or only its parents have one.

    Args:
        model: The class.
        checkout: The reader of the checkout.
    """
    if checkout.facts(model)["replicated_by"] is None:
        return None
    replicator = checkout.facts(model)["replicated_by"]
    for listed_replicator in checkout.replicators.all:
        if listed_replicator.replicator == replicator and listed_replicator.model == model:
            return clue_of(listed_replicator.name, checkout)
    return None


def timestamps_of(edition: str, names: Names, sources: Sources, *, known: Collection[str] = ()) -> dict[str, str]:
    """Return the timestamps of the checkout's migrations, by step.

    Args:
        edition: The edition that defines which ones there may be.
        names: The spellings.
        sources: The files.
        known: The artifacts whose timestamp is known.
    """
    context, timestamps = {**names, "timestamp": NO_TIME, "timestamp_before": NO_TIME}, {}
    for artifact in load_manifest(edition):
        for target in artifact.targets if artifact.op is Op.CREATE and artifact.id not in known else ():
            is_timed = target.table or "{timestamp_before}" in target.path
            if is_timed and (found := other_file_for(artifact, target, context, sources)):
                timestamps[artifact.step] = found.rpartition("/")[2][:14]
    return timestamps


def copied_keys_of(names: Names, checkout: Checkout) -> tuple[str, ...] | None:
    """Return the sharding keys that the states table of a type copies, by its dictionary.

    Args:
        names: The spellings.
        checkout: The reader of the checkout.

    Returns:
        The columns, or None if there is no dictionary, or it only has a desired key.
    """
    entry = checkout.dictionary.entry(names["state_table"])
    if entry is None or "desired_sharding_key" in entry.lines:
        return None
    # The key that identifies the record itself, as for a project, is not a copy.
    return tuple(column for column in entry.sharding_keys if column not in {"id", names["state_foreign_key"]})


def key_versions_of(edition: str, context: Mapping[str, Any], sources: Sources) -> dict[tuple[str, str], str]:
    """Return the versions of the checkout's migrations of sharding keys, by column and the name used in the path.

    Args:
        edition: The edition that defines which ones there may be.
        context: What their paths may use.
        sources: The files.
    """
    versions = {}
    for artifact in load_manifest(edition):
        for target in artifact.targets if artifact.op is Op.CREATE else ():
            called = _VERSION_OF_KEY.search(target.path)
            for one in for_each(target, context):
                if called and (found := other_file_for(artifact, one, context, sources)):
                    versions[one.item.column, called[1]] = found.rpartition("/")[2].partition("_")[0]
    return versions


def milestone_of_flag(edition: str, names: Names, sources: Sources) -> str | None:
    """Return the milestone of a type's feature flag, or None if unknown.

    Args:
        edition: The GitLab major version, such as `16`.
        names: The spellings of the type.
        sources: The files.
    """
    found = _MILESTONE.search(_flag(edition, names, sources))
    return found[1] if found else None


def is_released(edition: str, names: Names, sources: Sources) -> bool:
    """Tell whether the feature flag of a type is enabled by default.

    Args:
        edition: The GitLab major version, such as `16`.
        names: The spellings of the type.
        sources: The files.
    """
    return bool(_ENABLED.search(_flag(edition, names, sources)))


def _flag(edition: str, names: Names, sources: Sources) -> str:
    """Return the text of the file that shows whether a type is released; empty if there is none."""
    id_ = released_by(edition)
    for artifact in load_manifest(edition):
        for target in artifact.targets if artifact.id == id_ else ():
            for path in files_elsewhere(artifact, target, names, sources):
                return sources.text(path) or ""
    return ""


def _built(clue: Clue, given: Mapping[str, str], inflector: Inflector, *, ee_only: bool) -> Names:
    return build_names(
        clue.model, inflector=inflector, name=clue.name, overrides=given, ee_only=ee_only, kind=KINDS[clue.kind]
    )


def _candidates(clue: Clue, names: Names, checkout: Checkout) -> Iterator[tuple[str, str | None]]:
    """Yield the spellings in the files, in the order in which spellings depend on each other."""
    sources, inflector = checkout.sources, checkout.inflector
    replicator = sources.text(f"{REPLICATORS}/{clue.name}_replicator.rb") or ""
    titles = {match[1] or "": match[2] for match in _TITLES.finditer(replicator)}
    yield "title", titles.get("")
    yield "title_plural", titles.get("_plural")
    model = sources.outline(names["ee_model_file"]).and_of(sources.outline(names["model_file"]))
    facts = checkout.facts(clue.model)
    yield "table", facts["table"]
    yield from _of_registry(clue, names, sources)
    yield from _of_state(model, sources, inflector)
    mapped = (match[2] for match in _FACTORY.finditer(sources.text(_HELPERS) or "") if match[1] == clue.model)
    called = next(mapped, facts["factory"])
    yield "factory", called
    found = dict(spellings_of(facts, names))
    yield from found.items()
    beside = found.get("model_path_plural") or names["model_path_plural"]
    in_ee = f"ee/spec/factories/{beside}.rb"
    yield "ee_factory_file", ee_factory_file(checkout, facts, called or names["factory"], in_ee)
    yield "registry_factory_file", _factory_file(f"geo_{clue.name}_registry", names["registry_factory_file"], sources)


def _of_registry(clue: Clue, names: Names, sources: Sources) -> Iterator[tuple[str, str | None]]:
    registry = sources.outline(names["registry_file"])
    yield "registry_table", registry.value("table_name")
    associations = [construct.key.first for construct in registry.calls("belongs_to")]
    if associations and clue.name not in associations:
        yield "registry_association", associations[0]
    key = registry.value("model_foreign_key") or registry.value("MODEL_FOREIGN_KEY")
    yield "registry_foreign_key", key


def _of_state(model: "Outline", sources: Sources, inflector: Inflector) -> Iterator[tuple[str, str | None]]:
    found = model.value("verification_state_table_class")
    classes = {call.option("class_name") or "": call.key.first for call in model.calls("has_one")}
    if found is None:
        found = next((class_ for class_ in classes if class_.endswith("State")), None)
    if found is None:
        return
    state_class = found.lstrip(":")
    if "::" not in state_class and sources.exists(f"ee/app/models/geo/{inflector.underscore(state_class)}.rb"):
        state_class = f"Geo::{state_class}"
    yield "state_class", state_class
    path = f"{inflector.underscore(state_class)}.rb"
    file = next((each for each in (f"ee/app/models/{path}", f"app/models/{path}") if sources.exists(each)), None)
    yield "state_file", file
    last = state_class.rpartition("::")[2]
    association = next((name for each, name in classes.items() if each.rpartition("::")[2] == last), None)
    if association is None and any(call.key.first == inflector.underscore(last) for call in model.calls("has_one")):
        association = inflector.underscore(last)
    yield "state_association", association
    state = sources.outline(file or "")
    table = state.value("table_name")
    if table is None and any(class_.value == _CI_RECORD for class_ in state.classes()):
        table = f"ci_{inflector.pluralize(inflector.underscore(last))}"
    yield "state_table", table
    for construct in state.calls("belongs_to"):
        if construct.option("inverse_of") == (association or inflector.underscore(last)):
            yield "state_foreign_key", construct.option("foreign_key") or f"{construct.key.first}_id"
            yield "state_model", construct.key.first
    name = f"geo_{inflector.underscore(last)}"
    factory = _factory_file(name, f"{_FACTORIES}/{inflector.pluralize(inflector.underscore(last))}.rb", sources)
    if factory is None and not state_class.startswith("Geo::"):
        yield "state_factory", ""
        yield "state_factory_file", ""
    else:
        yield "state_factory_file", factory


def _factory_file(factory: str, usual: str, sources: Sources) -> str | None:
    """Return the file that has a factory, or None if none has."""
    others = (f"{_FACTORIES}/{name}" for name in sources.folder(_FACTORIES) if name.endswith(".rb"))
    for path in (usual, *others):
        if f"factory :{factory}," in (text := sources.text(path) or "") or f"factory :{factory} " in text:
            return path
    return None


def _kind_of_rest(name: str, model_path: str, sources: Sources) -> str:
    """Return the kind of a type whose replicator does not tell it, from the first of its other files that does.

    The spec of the replicator includes the shared examples of one kind. The model shows what a record has. The registry
    table has the columns of one kind. Else it is of the default kind of `new`.
    """
    special_first = list(reversed(KINDS.values()))
    spec = sources.text(f"ee/spec/replicators/geo/{name}_replicator_spec.rb") or ""
    for kind in special_first:
        if any(f"{quote}{examples}{quote}" in spec for examples in kind.examples for quote in "'\""):
            return kind.name
    for folder in ("app/models", "ee/app/models/ee", "ee/app/models"):
        text = _COMMENT.sub("", sources.text(f"{folder}/{model_path}.rb") or "")
        for kind in special_first:
            if kind.evidence and re.search(kind.evidence, text):
                return kind.name
    table = (sources.text("ee/db/geo/structure.sql") or "").partition(f"CREATE TABLE {name}_registry (")[2]
    # The columns of a table in ee/db/geo/structure.sql, each on a line of its own.
    columns = {
        column for column in registry_columns() if re.search(rf"^ *{column} ", table.partition(";")[0], re.MULTILINE)
    }
    similar = (kind.name for kind in KINDS.values() if columns == set(kind.registry_columns))
    return next(similar, DEFAULT) if table else DEFAULT


def as_it_is_there(answers: Answers, checkout: Checkout) -> Answers:
    """Return the answers with the names that the model's type has in the checkout, if it has one.

    Args:
        answers: The user's answers.
        checkout: The reader of the checkout.

    Raises:
        GeoScaffoldError: No Geo class could be derived from one of its names.
    """
    clue = type_of_class(answers.model, checkout)
    if clue is None or answers.name not in (None, clue.name):
        return answers
    given = dict(spelled(clue, checkout).given)
    own = {key: value for key in ("title", "title_plural", "table", "factory") if (value := given.pop(key, None))}
    known = answers.with_defaults(name=clue.name, **own)
    return replace(known, spellings={**given, **(answers.spellings or {})} or None)
