"""From the facts about a model to its answers and names: missing answers come from the checkout, with a note.

An answer beats the checkout, with a note if they disagree; what is taken from the checkout becomes an answer, so that
later runs and `undo` use it too. Names are built once, at the end.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from geo_scaffold.answers import NOBODY, OPTIONS, Answers
from geo_scaffold.commit import digest
from geo_scaffold.edition import OwnerKey, Surroundings, owners_of
from geo_scaffold.kinds import DEFAULT, KINDS, OWN_CLASSES, Kind, generated
from geo_scaffold.names import Names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.records import replace

if TYPE_CHECKING:  # not needed outside a checkout
    from geo_scaffold.checkout.dictionary import Entry
    from geo_scaffold.checkout.facts import Checkout, Facts
    from geo_scaffold.checkout.mounts import Mount
    from geo_scaffold.checkout.sources import Sources

_FACTORIES: Final = ("spec/factories/", "ee/spec/factories/")
_USUAL_MOUNT: Final = "file"
"""The attribute as which an edition mounts an uploader in a class that mounts none."""
_UNION: Final = "ee/app/graphql/types/geo/registrable_type.rb"
_CONCERN: Final = "ee/app/models/concerns/geo/replicable_registry.rb"
_NEWEST: Final = 3
# A directive in ee/app/graphql/types/geo/*_registry_type.rb, with its arguments, which newer trees have.
_PERMISSION: Final = re.compile(r"^ *(authorize_granular_token .*(?:,\n.*)*)$", re.MULTILINE)
# A line of db/docs/*.yml.
_ISSUE_OF_KEY: Final = re.compile(rb"^sharding_key_issue_url:.*\n?", re.MULTILINE)
_OF_FACT: Final = {"kind": "kind", "table": "table", "factory": "factory"}
"""The facts that are answers as they are."""


class LookedUp(NamedTuple):
    """The result of a lookup.

    Args:
        answers: The answers, completed from the checkout; the kind stays open if nothing determines it.
        names: The spellings derived from them.
        surroundings: What the templates need to know about the checkout.
        notes: What was found and where, for people.
        facts: The facts, or None if there is no checkout.
    """

    answers: Answers
    names: Names
    surroundings: Surroundings
    notes: tuple[str, ...] = ()
    facts: "Facts | None" = None


def look_up(
    answers: Answers,
    inflector: Inflector,
    checkout: "Checkout | None",
    *,
    kind: Kind | None = None,
    made: Mapping[str, str | None] | None = None,
) -> LookedUp:
    """Look up the answers, names and surroundings of a model.

    Args:
        answers: What the user answered.
        inflector: The inflector for its names.
        checkout: The reader of the checkout, or None if there is none: then conventions apply.
        kind: The kind, if it is not one that can be an answer.
        made: The files that earlier runs wrote to, from the receipt, with the SHA-256 of each created file.

    Raises:
        InvalidNameError: No Geo class could be derived from the model.
        UsageError: An override contradicts another option.
    """
    if checkout is None:
        names = answers.names(inflector, kind=kind)
        return LookedUp(answers.with_defaults(kind=DEFAULT), names, Surroundings())
    facts = checkout.facts(answers.model)
    if (kind or KINDS[answers.kind or DEFAULT]).has_own_class:  # which this run creates
        names = answers.names(inflector, ee_only=bool(facts["ee_only"]), kind=kind)
        own: list[str] = []
        answers = _with_owner_of(names["table"], answers, checkout, own)
        answers = _with_keys(answers, names, checkout, own, is_new=made is None)
        return LookedUp(answers, names, surroundings_of(names, checkout, made=made), tuple(own), facts)
    notes = [*_absent(facts, checkout, inflector), *_overruled(answers, facts)]
    usual = answers.names(inflector, ee_only=bool(facts["ee_only"]), kind=kind)
    answers = _with_kind(answers, facts, notes)
    answers = _with_owner(answers, facts, notes)
    answers = _with_names(answers, usual, facts, checkout, notes)
    names = answers.names(inflector, ee_only=bool(facts["ee_only"]), kind=kind)
    answers = _with_keys(answers, names, checkout, notes, is_new=made is None)
    if facts["ee_only"]:
        notes.append(f"{answers.model} is in {names['model_file']} only: Geo's code goes into the class itself")
    notes += _of_table(names["table"], facts, checkout)
    return LookedUp(answers, names, surroundings_of(names, checkout, made=made), tuple(notes), facts)


def names_in(answers: Answers, inflector: Inflector, checkout: "Checkout | None") -> Names:
    """Return the spellings of a generated model: everything looked up then is an answer now.

    Args:
        answers: The answers in the receipt.
        inflector: The inflector for its names.
        checkout: The reader of the checkout, or None if there is none.

    Raises:
        GeoScaffoldError: As for `look_up`.
    """
    return answers.names(inflector, ee_only=checkout is not None and is_ee_only(answers.model, checkout))


def is_ee_only(model: str, checkout: "Checkout") -> bool:
    """Tell whether a class is only in `ee/`.

    Args:
        model: The full name of the class.
        checkout: The reader of the checkout.
    """
    return (checkout.constants.file(model) or "").startswith("ee/")


def surroundings_of(
    names: Names, checkout: "Checkout", *, made: Mapping[str, str | None] | None = None
) -> Surroundings:
    """Return what the templates need to know about the surroundings of a model.

    Args:
        names: Its spellings, which beat the facts.
        checkout: The reader of the checkout.
        made: The files that earlier runs wrote to, from the receipt, with the SHA-256 of each created file: they do not
            count as surroundings.
    """
    facts = checkout.facts(names["model"])
    usual = (_USUAL_MOUNT, f"{names['model']}Uploader")
    made = made or {}
    found = (each for each in _mount(facts) if each.path not in made or (each.attribute, each.uploader) != usual)
    mount = next(found, None)
    entry, states = map(checkout.dictionary.entry, (names["table"], names["state_table"]))
    schema = entry.gitlab_schema if entry else None
    from geo_scaffold.checkout.databases import Databases  # noqa: PLC0415 - in a checkout only
    from geo_scaffold.checkout.sharding import parent_table  # noqa: PLC0415 - as above

    databases = Databases(checkout.sources)
    base = str(facts["base_class"] or databases.record(schema)).removeprefix("::")
    factory = facts.factory if facts.factory and facts.factory.name == names["factory"] else None
    is_ours = factory is not None and made.get(factory.path) is not None
    # A factory in `ee/` may have the traits that we added.
    elsewhere = factory if factory and factory.path.startswith(_FACTORIES[0]) else None
    prefix = checkout.tables.prefix_of(base)
    partition = checkout.structure.partition(names["table"])
    parent = _parent(partition.values, checkout) if partition and names["model"].startswith(OWN_CLASSES) else None
    return Surroundings(
        factory_exists=elsewhere is not None,
        factory_traits=elsewhere.traits if elsewhere else frozenset(),
        factory_takes=_takes(parent) if parent else facts.takes if factory and not is_ours else None,
        parent_factory=str(parent["factory"] or "") if parent else "",
        parent_table=str(parent["table"] or "") if parent else "",
        mounted=mount.attribute if mount else None,
        shared_uploader=mount.uploader if mount and _is_shared(mount, facts.model, checkout) else None,
        is_guarded=_is_guarded(names, checkout, made),
        store_column=_store_column(mount, facts),
        has_table=facts.table is not None,
        gitlab_schema=schema,
        owner_keys=tuple(OwnerKey(*key) for key in entry.sharding_keys.items()) if entry else (),
        base_class=base,
        table_prefix=prefix,
        is_main_database=databases.is_main(schema),
        updated_column=_updated_column(facts, checkout),
        knows_registerable="graphql_registerable?" in (checkout.sources.text(_UNION) or ""),
        granular_token=granular_token(checkout.sources, names["name"]),
        wishes_key=states is not None and _wishes_key(states, checkout, made),
        parent=parent_table(names["table"], checkout, own_key=facts["model_primary_key"] or ()),
    )


def _wishes_key(states: "Entry", checkout: "Checkout", made: Mapping[str, str | None]) -> bool:
    """Tell whether a dictionary has a `desired_sharding_key` that an earlier run wrote.

    Earlier releases wrote one even if nobody wanted it; then it stays, with the issue that `checklist` asked for. One
    that a person added is theirs.
    """
    if "desired_sharding_key" not in states.lines:
        return False
    content = checkout.sources.read(states.path) or b""
    as_made = made.get(states.path)
    return states.path not in made or as_made in {digest(content), digest(_ISSUE_OF_KEY.sub(b"", content))}


def _store_column(mount: "Mount | None", facts: "Facts") -> str | None:
    """Return the column of the table that records where a file is stored, or None if there is none."""
    if facts.table is None:
        return None
    if mount:
        return mount.store_column
    usual = f"{_USUAL_MOUNT}_store"
    return usual if usual in facts.table.columns else None


def _updated_column(facts: "Facts", checkout: "Checkout") -> str:
    """Return the column that tells the age of a record whose table has no `updated_at`, if registries need one.

    GitLab's `Geo::ReplicableRegistry` takes `model_updated_last` since 18.10; without it `oldest_unsynced_time` fails.
    """
    if facts.table is None or "updated_at" in facts.table.columns or "created_at" not in facts.table.columns:
        return ""
    return "created_at" if "model_updated_last" in (checkout.sources.text(_CONCERN) or "") else ""


def granular_token(sources: "Sources", besides: str) -> str:
    """Return the permission declaration of most of the newest GraphQL registry types; empty if they have none.

    Args:
        sources: The files of the checkout.
        besides: The replicable name of a type to ignore.
    """
    versions = sorted(sources.matching("ee/db/geo/migrate/*_create_*_registry.rb"), reverse=True)
    names = (version.rpartition("_create_")[2].removesuffix("_registry.rb") for version in versions)
    files = (f"ee/app/graphql/types/geo/{name}_registry_type.rb" for name in names if name != besides)
    texts = list(islice((text for file in files if (text := sources.text(file)) is not None), _NEWEST))
    found = [match[1] for text in texts if (match := _PERMISSION.search(text))]
    return max(found, key=found.count) if len(found) * 2 > len(texts) else ""


def _parent(values: str, checkout: "Checkout") -> "Facts | None":
    """Return the facts about the class whose files a partition of `uploads` holds: the last of its values.

    The rows of a namespace's files belong to `Namespace` or `Group`; a factory builds the latter.
    """
    # The classes in `FOR VALUES IN ('Namespace', 'Group')` in db/structure.sql.
    named = [each for each in re.findall(r"'([\w:]+)'", values) if checkout.constants.exists(each)]
    made = [facts for each in named if (facts := checkout.facts(each))["factory"]]
    return made[-1] if made else checkout.facts(named[-1]) if named else None


def _takes(facts: "Facts") -> AbstractSet[str] | None:
    """Return what the factory of a class accepts, or None if it has no factory."""
    return facts.takes if facts.factory else None


def _is_shared(mount: "Mount", model: str, checkout: "Checkout") -> bool:
    """Tell whether another class that is not replicated mounts the same uploader, which has no type."""
    if not checkout.unwanted.is_listed(mount.uploader):
        return False
    from geo_scaffold.checkout.sharing import classes_mounting  # noqa: PLC0415 - asked of few uploaders

    others = classes_mounting(mount.uploader, checkout.sources, checkout.classes, checkout.mounts)
    return any(other != model and not checkout.replicators.of_class(other, has_repository=False) for other in others)


def _is_guarded(names: Names, checkout: "Checkout", made: Mapping[str, str | None]) -> bool:
    """Tell whether GitLab's guard spec takes the files of an uploader for those of another existing type."""
    usual = names["uploader_data_type"]
    if usual == names["name"]:
        return False
    taken = checkout.unwanted.data_type(usual) or usual
    others = (
        listed_replicator
        for listed_replicator in checkout.replicators.all
        if listed_replicator.source.rpartition(":")[0] not in made
    )
    return taken != names["name"] and any(other.name == taken for other in others)


def _absent(facts: "Facts", checkout: "Checkout", inflector: Inflector) -> Iterator[str]:
    """Yield the notes about a class that the tree does not have, with similar names in its folder."""
    if facts.exists:
        return
    from difflib import get_close_matches  # noqa: PLC0415 - only for this message

    stem = f"app/models/{inflector.underscore(facts.model)}"
    folder, _, name = stem.rpartition("/")
    names = [each.removesuffix(".rb") for each in checkout.sources.folder(folder) if each.endswith(".rb")]
    above = folder.removeprefix("app/models").lstrip("/")
    similar = [inflector.camelize(f"{above}/{near}".lstrip("/")) for near in get_close_matches(name, names, cutoff=0.8)]
    perhaps = f": perhaps {' or '.join(similar)} is meant" if similar else ""
    yield f"there is no {stem}.rb{perhaps}; if the name is right, the class is still to be written"


def _overruled(answers: Answers, facts: "Facts") -> Iterator[str]:
    """Yield a note for each answer that contradicts the checkout."""
    for name, key in _OF_FACT.items():
        owners, fact = getattr(answers, key), facts[name]
        if owners is not None and fact and owners != fact:
            yield f"{OPTIONS[key]} {owners} is used, though {facts.source(name)} says {fact}"
    strange = [owner for owner in answers.owners if owner != NOBODY and owner not in facts["owners"]]
    if facts["owners"] and strange:
        owners = " and ".join(facts["owners"])
        yield f"--owner {' and '.join(strange)} is used, though {facts.source('owners')} says {owners}"
    left = [owner for owner in facts["owners"] if owner not in answers.owners]
    if answers.owners and not strange and left and NOBODY not in answers.owners:
        yield f"records of {' and '.join(left)} are in no scope, though {facts.source('owners')} names them"


def _with_kind(answers: Answers, facts: "Facts", notes: list[str]) -> Answers:
    mounts = facts.mounts
    if answers.kind is None and facts["kind"] in generated() and not KINDS[facts["kind"]].has_own_class:
        answers = answers.with_defaults(kind=facts["kind"])
        own = facts.own_mount
        why = f"mounts `{own.attribute}`" if own and not KINDS[facts["kind"]].has_repository else "says"
        notes.append(f"the kind is {answers.kind}, as {facts.source('kind')} {why}; if it is another, give --kind")
    has_file = answers.kind is not None and KINDS[answers.kind].mounts_uploader
    if facts.exists and answers.kind and not facts["kind"]:
        lacks = "mounts an uploader" if has_file else "says that it has a repository"
        uploader = (answers.spellings or {}).get("uploader_class", f"{facts.model}Uploader")
        usual = f": `{_USUAL_MOUNT}`, with the uploader {uploader}, is taken for it" if has_file else ""
        notes.append(f"--kind {answers.kind} is used, though nothing in {facts['file']} {lacks} yet{usual}")
    if has_file and len(mounts) > 1:
        first = facts.own_mount or mounts[0]
        others = ", ".join(f"`{mount.attribute}`" for mount in mounts if mount is not first)
        notes.append(f"the file of a record is `{first.attribute}`; {facts['file']} mounts {others} as well")
    return answers


def _with_owner_of(table: str, answers: Answers, checkout: "Checkout", notes: list[str]) -> Answers:
    """Take the owners from the sharding keys of a table whose class does not exist yet; without a key it has none."""
    entry = checkout.dictionary.entry(table)
    if entry is None or answers.owner is not None:
        return answers
    taken = owners_of(OwnerKey(*key) for key in entry.sharding_keys.items())
    if taken or not entry.sharding_keys:
        shown = " and ".join(f"{column}: {owners}" for column, owners in entry.sharding_keys.items())
        sentence = (
            f"{' and '.join(taken)}, as {entry.source('sharding_key')} says {shown}"
            if taken
            else (f"nobody, as {entry.path} has no sharding key")
        )
        notes.append(f"records belong to {sentence}")
        return answers.with_defaults(owner=taken or NOBODY)
    return answers


def _with_owner(answers: Answers, facts: "Facts", notes: list[str]) -> Answers:
    """Take the owners from the sharding keys of the model; if these do not tell, a person has to choose."""
    if answers.owner is not None:
        return answers
    keys, owners = facts["sharding_keys"], facts["owners"]
    source = facts.source("sharding_keys")
    if taken := owners_of(OwnerKey(*key) for key in keys.items()):
        shown = " and ".join(f"{column}: {table}" for column, table in keys.items())
        are = "owner is" if len(taken) == 1 else "owners are"
        notes.append(f"the {are} {' and '.join(taken)}, as {source} says {shown}")
        return answers.with_defaults(owner=taken)
    if len(keys) > 1:
        shown = " and ".join(f"{table}, by {column}" for column, table in keys.items())
        options = " or ".join(f"--owner {owner}" for owner in owners)
        advice = f"perhaps {options}" if options else "give --owner"
        notes.append(f"{facts['table']} belongs to {shown} ({source}): {advice}")
    return answers


def _with_keys(answers: Answers, names: Names, checkout: "Checkout", notes: list[str], *, is_new: bool) -> Answers:
    """Take the sharding keys of the states table from the model's.

    A run that recorded none, as no early release did, created the table without keys; then only an answer adds them.
    """
    if not is_new and answers.sharding_keys is None:
        return answers
    from geo_scaffold.checkout.sharding import with_keys  # noqa: PLC0415 - in a checkout only

    return with_keys(answers, names["table"], checkout, notes)


def _with_names(answers: Answers, usual: Names, facts: "Facts", checkout: "Checkout", notes: list[str]) -> Answers:
    given = dict(answers.spellings or {})
    table, factory = facts["table"], facts.factory
    if answers.table is None and "table" not in given and table and table != usual["table"]:
        answers = answers.with_defaults(table=table)
        notes.append(f"the table is {table}, by {facts.source('table')}")
    if factory and answers.factory is None and "factory" not in given and factory.name != usual["factory"]:
        answers = answers.with_defaults(factory=factory.name)
    chosen = answers.factory or given.get("factory") or usual["factory"]
    found = {
        key: value
        for key, value in spellings_of(facts, usual)
        if value and value != usual[key] and (key != "model_path_plural" or (factory and factory.name == chosen))
    }
    beside = found.get("model_path_plural", usual["model_path_plural"])
    in_ee = f"{_FACTORIES[1]}{beside}.rb"
    if (ee_file := ee_factory_file(checkout, facts, chosen, in_ee)) not in (None, in_ee):
        found["ee_factory_file"] = str(ee_file)
        notes.append(f"the factory {chosen} is in {ee_file} too")
    if factory and (factory.name == answers.factory or "model_path_plural" in found):
        notes.append(f"the factory is {factory.name}, by {factory.source}")
    if "uploader_class" in found:
        notes.append(f"the uploader is {found['uploader_class']}, by {_mount(facts)[0].source}")
    if found:
        answers = replace(answers, spellings={**found, **given})
    return answers


def spellings_of(facts: "Facts", names: Names) -> Iterator[tuple[str, str | None]]:
    """Yield the spellings that come from facts, not from other spellings: the files of class and factory, the uploader.

    Args:
        facts: The facts about the model.
        names: The usual spellings.
    """
    yield "model_file", facts["file"]
    factory = facts.factory
    if factory:
        stem = next(factory.path[len(each) :] for each in _FACTORIES if factory.path.startswith(each))
        yield "model_path_plural", stem.removesuffix(".rb")
    for mount in _mount(facts):
        yield "uploader_class", mount.uploader if mount.is_defined else names["uploader_class"]


def ee_factory_file(checkout: "Checkout", facts: "Facts", factory: str, usual: str) -> str | None:
    """Return the file in `ee/` that has the factory of a model, whatever the file's name, or None if none has.

    Args:
        checkout: The reader of the checkout.
        facts: The facts about the model.
        factory: The name of the factory.
        usual: Its conventional file.
    """
    aliases = facts.factory.aliases if facts.factory and facts.factory.name == factory else ()
    found = checkout.factories.in_ee((factory, *aliases), usual)
    return found.path if found else None


def _mount(facts: "Facts") -> "tuple[Mount, ...]":
    """Return the file that a type replicates, if the class has one."""
    return (facts.own_mount,) if facts.own_mount else facts.mounts[:1]


def _of_table(table: str, facts: "Facts", checkout: "Checkout") -> Iterator[str]:
    """Yield where the schema of a table comes from, which need not be the table that the facts name."""
    entry = checkout.dictionary.entry(table)
    if entry and entry.gitlab_schema:
        yield f"the schema is {entry.gitlab_schema}, by {entry.source('gitlab_schema')}"
    elif facts.exists:
        yield f"db/docs has no entry for {table}: if it is another table, give it with --table"
    if facts.exists and checkout.structure.table(table) is None:
        yield f"db/structure.sql has no table {table}: the generated files refer to it"
