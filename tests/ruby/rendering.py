"""A model's created files, at their paths in GitLab's tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from geo_scaffold.answers import Answers
from geo_scaffold.edition import NOTHING, Op, OwnerKey, Renderer, Surroundings, context_for, load_manifest
from geo_scaffold.kinds import KINDS as ALL_KINDS
from geo_scaffold.names import Names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.phases import Phase
from sizes import FULL, some

EDITION: Final = "16"
KINDS: Final = ("repository", "blob")
OWNERS: Final = (None, "project", "group", "organization", "none")
SEVERAL: Final[tuple[str | tuple[str, ...], ...]] = (
    "user",
    ("project", "group"),
    ("organization", "user"),
    ("project", "group", "organization", "user"),
)
"""Owners whose scopes have different forms, including several owners."""


def sized(length: int) -> str:
    """Return a model whose replicable name has a length of at least 15."""
    return f"SizedX{'x' * (length - 14)}Widget"


LENGTHS: Final = (20, 21, 28, 29, 36, 37, 39, 40, 47, 48, 54)
"""On both sides of where an identifier stops to fit 63 bytes: the index on the registry's key (20), those of the
states (28), the indexes that Rails itself names (36 and 39), the registry's sequence (47); 54 is the longest name."""

ODD_MODELS: Final = (
    "Ci::SecureWidget",
    "Metadata",
    "S3Bucket",
    "VSCodeSetting",
    "Policy",
    "OAuthToken",
    "Matrix",
    "Status",
    "Ci::CDNAsset",
)
"""Names with namespaces, acronyms, digits, and plurals that are not just an `s` more."""

MODELS: Final = ("CoolWidget", "Packages::Cargo::Crate", *ODD_MODELS, *map(sized, LENGTHS))


class Case(NamedTuple):
    """One call of the generator."""

    model: str
    kind: str
    owner: str | tuple[str, ...] | None = None
    spellings: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        owners = (self.owner,) if isinstance(self.owner, str) else self.owner or ()
        parts = [self.model.replace("::", "-"), self.kind, *owners, *(value for _, value in self.spellings)]
        return "-".join(filter(None, parts))


CASES: Final = tuple(Case(model, kind) for model in MODELS for kind in KINDS)
"""These are parsed and linted; SQLite has the tables of all of them."""

STORED_CASES: Final = tuple(
    Case(model, kind) for model in ("CoolWidget", "Packages::Cargo::Crate", *map(sized, (21, 48, 54))) for kind in KINDS
)
"""Whose schema is stored."""
MIGRATED_CASES: Final = (
    *STORED_CASES,
    *some((case for case in CASES if case not in STORED_CASES), 2, "migrated"),
)
"""These are migrated on PostgreSQL; the schema does not depend on the owner."""
MIGRATED_CASES_18: Final = tuple(some(MIGRATED_CASES, 6, "18"))
"""What of them edition 18 migrates."""

SEVERAL_CASES: Final = tuple(Case("CoolWidget", KINDS[number % 2], owners) for number, owners in enumerate(SEVERAL))
OWNED_CASES: Final = tuple(Case("CoolWidget", kind, owner) for kind in KINDS for owner in OWNERS)


def _shared(cases: Sequence[Case], first: int) -> Sequence[Case]:
    """Return what one of two editions runs in the small size: each fourth case, from the first or the second one on."""
    return cases if FULL else cases[first::4]


RUN_CASES: Final = (
    *_shared(SEVERAL_CASES, 0),
    *_shared(OWNED_CASES, 0),
    *_shared(
        [
            Case("Packages::Cargo::Crate", "repository", "project"),
            Case("Packages::Cargo::Crate", "blob", "project"),
            Case(sized(54), "blob", "project"),
            Case(sized(54), "repository", "project"),
        ],
        0,
    ),
    *some(
        (
            Case(model, KINDS[number % 2], OWNERS[number % 5])
            for number, model in enumerate((*ODD_MODELS, sized(21), sized(48)))
        ),
        1,
    ),
)
"""What every layer runs for; kinds and owners take turns where the name is what matters."""

GIVEN: Final = (
    ("registry_table", "crate_registry"),
    ("registry_foreign_key", "crate_id"),
    ("state_table", "cargo_crate_states"),
    ("state_foreign_key", "crate_id"),
    ("state_class", "Geo::CargoCrateState"),
)
"""Spellings that people give with `--set`."""
RUN_CASES_18: Final = (
    *_shared(SEVERAL_CASES, 1),
    *_shared(OWNED_CASES, 1),
    *_shared(
        [
            Case("Packages::Cargo::Crate", "repository", "project", GIVEN),
            Case("Packages::Cargo::Crate", "repository", "project"),
            Case("Packages::Cargo::Crate", "blob", "project"),
            Case("Packages::Cargo::Crate", "blob", "project", GIVEN),
        ],
        1,
    ),
)
"""What every layer of edition 18 runs for."""

PARENT: Final = "CoolWidget"
"""The class whose files the partition holds that types of Geo's own class are tested with."""
PARTITION: Final = "cool_widget_uploads"
_PARTITION_KEYS: Final = {
    "project": OwnerKey("project_id", "projects"),
    "group": OwnerKey("namespace_id", "namespaces"),
    "organization": OwnerKey("organization_id", "organizations"),
    "user": OwnerKey("uploaded_by_user_id", "users"),
}
"""The columns of a partition of `uploads` that say what a row belongs to."""
CASES_19: Final = (
    Case("CoolWidget", "repository", "organization"),
    Case("Packages::Cargo::Crate", "blob", ("organization", "user")),
    *(
        Case(f"Geo::{PARENT}Upload", "upload", owner)
        for owner in (("project", "group"), ("organization", "user"), "none", None)
    ),
)
"""What of edition 19, which builds on 18, is parsed and linted."""
RUN_CASES_19: Final = (*CASES_19[:2], *CASES_19[2 :: 1 if FULL else 3])
"""What every layer of it runs for; in the small size two of the owners of uploads, one of them none."""


@dataclass(frozen=True)
class Tree:
    """The files of one case by path, and the entries in existing files, with the names behind them."""

    case: Case
    names: Names
    files: dict[str, str]
    parts: dict[str, str]
    """The lines to paste, or the first derived part, by the id of the artifact."""
    edition: str = EDITION

    @property
    def ruby_files(self) -> dict[str, str]:
        return {path: text for path, text in self.files.items() if path.endswith(".rb")}

    @property
    def spec_files(self) -> list[str]:
        return [path for path in self.files if path.endswith("_spec.rb")]


def _surroundings(case: Case) -> Surroundings:
    """Return what a checkout has around the partition that the class of a case reads; nothing around other models."""
    if not ALL_KINDS[case.kind].has_own_class:
        return NOTHING
    owners = (case.owner,) if isinstance(case.owner, str) else case.owner or ()
    keys = tuple(_PARTITION_KEYS[each] for each in owners if each in _PARTITION_KEYS)
    return NOTHING._replace(parent_factory="cool_widget", parent_table="cool_widgets", owner_keys=keys, has_table=True)


def render(
    case: Case,
    edition: str = EDITION,
    *,
    sharding_keys: tuple[str, ...] | None = None,
    surroundings: Surroundings | None = None,
    graphql_later: bool = False,
) -> Tree:
    """Render everything for a case. The only place that knows how the manifest says what there is to render.

    Args:
        case: The case.
        edition: The edition.
        sharding_keys: The answer of that name.
        surroundings: What a checkout has around the model; None: what is usual for its kind.
        graphql_later: Leave the GraphQL part for a later merge request, in a GitLab whose replicators say so.
    """
    surroundings = (surroundings or _surroundings(case))._replace(knows_registerable=graphql_later)
    answers = Answers(
        case.model,
        table=PARTITION if ALL_KINDS[case.kind].has_own_class else None,
        spellings=dict(case.spellings) or None,
        kind=case.kind,
        owner=case.owner,
        sharding_keys=sharding_keys,
        timestamp="20230101000000",
    ).in_phases(Phase, merge_request="https://gitlab.com/gitlab-org/gitlab/-/merge_requests/1", milestone="16.0")
    names = answers.names(Inflector.gitlab())
    values = context_for(answers, names, surroundings=surroundings, graphql_later=graphql_later)
    renderer = Renderer(edition)
    files: dict[str, str] = {}
    parts: dict[str, str] = {}
    for artifact in load_manifest(edition):
        if not artifact.asked_of(case.kind) or (graphql_later and artifact.step == "graphql"):
            continue
        for target in artifact.targets_for(values) if artifact.needed_for(values) else ():
            if target.template is None:
                continue
            path, text = target.path.format_map(values), renderer.render(target.template, target.values(values))
            if artifact.op is Op.CREATE:
                assert path not in files
                files[path] = text
            elif artifact.op is Op.ENSURE:
                parts[artifact.id] = parts.get(artifact.id, "") + text
            else:
                parts.setdefault(artifact.id, text)
    return Tree(case, names, files, parts, edition)


def write(files: dict[str, str], root: Path) -> Path:
    """Write files below a folder."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return root
