"""The manifest of an edition: every artifact once, in the order of the issue template."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from geo_scaffold.edition.format_strings import fill, fill_item
from geo_scaffold.edition.sources import RUNTIME, entries_of, runtime_entries, steps_of
from geo_scaffold.edition.vocabulary import Level, Op
from geo_scaffold.errors import ManifestError
from geo_scaffold.kinds import KINDS
from geo_scaffold.phases import Phase
from geo_scaffold.records import dataclass, field, replace

__all__ = ["Artifact", "Condition", "Level", "Op", "Phase", "Target", "load_manifest", "load_runtime", "load_steps"]


ITEM: Final = "key"
"""What texts and templates call the item that a target is for, of one that is there for each of a list."""


@dataclass(frozen=True, slots=True)
class Target:
    """One file that an artifact is about.

    Args:
        path: Where it is, relative to the root of GitLab's tree; a format string.
        template: What is rendered, below the edition's folder: the content of a whole file, else the lines to paste.
        whole: Whether the file is new as a whole: a created one, or a derived one of its own.
        place: For people: where in the file the lines go; a format string.
        editor: What puts the lines there: a kind of `editing.KINDS` and arguments of its class.
        elsewhere: Where else it may be, by older names or in other folders; format strings, `*` is a part of a name.
        table: The spelling of the table that it makes; the table may be in the schema by a file of another name.
        existing: What is done instead where somebody else has made the file, of one that is new as a whole: entries;
            one without an editor is left to a person.
        each: The list among what templates may use of which each item has a file, or None if it is one file. Texts and
            template use the item as `key`.
        item: That item, of a target of one of them.
        alter: What changes a table that is there already, of a schema: the migrations, and at last the schema itself;
            each is of use only where its template renders something.
    """

    path: str
    template: str | None = None
    whole: bool = False
    place: str | None = None
    editor: Mapping[str, Any] | None = field(default=None, hash=False)
    elsewhere: tuple[str, ...] = ()
    table: str | None = None
    existing: "tuple[Target, ...]" = ()
    alter: "tuple[Target, ...]" = ()
    each: str | None = None
    item: Any = field(default=None, hash=False)

    def values(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what its template may use, of what those of its artifact may."""
        return values if self.item is None else {**values, ITEM: self.item}

    @property
    def is_migration(self) -> bool:
        """Whether it is one of a migration, or the file that says that one has run."""
        return self.table is not None or ("/{" in self.path and "migrat" in self.path)


class Question(NamedTuple):
    """A question to a file of the checkout.

    Args:
        name: Which one, of `predicates.PREDICATES`.
        arguments: What the manifest gives it; their strings are format strings.
        is_not: Whether it is meant the other way round.
    """

    name: str
    arguments: Mapping[str, Any]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One of the forms that an artifact has in trees of different age, beside the one of its own.

    Args:
        name: Stable: receipts say by it what an entry was when it was put in.
        conditions: Where it applies: all of them hold.
        targets: The files in this form.
        boxes: What to do in this form, by box, where that is another text.
    """

    name: str
    conditions: tuple[Question, ...]
    targets: tuple[Target, ...] = ()
    boxes: Mapping[int, str] = field(default_factory=dict, hash=False)


class Condition(NamedTuple):
    """Says that one text is not another; both are format strings."""

    value: str
    is_not: str

    def holds(self, values: Mapping[str, str]) -> bool:
        """Tell whether it is so for one model."""
        return fill(self.value, values) != fill(self.is_not, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One thing that an edition asks for.

    Texts and paths are format strings over the spellings of a model, `kind` and `timestamp`.

    Args:
        id: Stable; reports, `--only`, `--skip` and ticks use it.
        phase: The merge request that it belongs to.
        step: The part of that phase; `load_steps` has its title.
        level: What it costs when it is missing.
        op: What is done for it.
        boxes: What to do, in Markdown, by the checkbox of the issue template that says so, counted from the top.
        nested: The boxes that are part of the box before them.
        needs: The properties that a kind must have to ask for it, of `kinds.PROPERTIES`; empty: all kinds do.
        only_if: Where it is needed; None: everywhere. Its boxes remain, as not needed.
        targets: The files that it is about; none for a decision.
        example: The template of an example to adapt, for a decision.
        commands: The command that remains for a person, by box.
        settled_by: What settles a decision without a person: `owner`, the answer of that name, or the id of an artifact
            that is there as it was generated.
        note: What to do, of an artifact without a box.
        evidence: What settles a decision by what the files say, one of `vocabulary.EVIDENCE`.
        shown_by: The id of the artifact whose template shows how a decision is written down.
        equivalent: How else people write it, so that no path and no locator finds it, one of `vocabulary.EQUIVALENTS`.
        freely_worded: Whether only a person can tell if other words are the entry.
        asked_if: Where a checkout asks for it: all of them hold; what cannot be told asks for it.
        forms: The forms that it may have; the first that applies counts, and else its own.
        usual_form: The form that it has where there is no checkout to show one; empty: its own.
        usually_not: Why it is not asked for where there is no checkout; empty: it is.
        form: The name of the form that it is in; empty: its own.
        own_form: It in the form of its own, where it is in another one.
        edition: The edition that asks for it; `runtime`: the reference runtime.
    """

    id: str
    phase: Phase
    step: str
    level: Level
    op: Op
    boxes: Mapping[int, str] = field(default_factory=dict, hash=False)
    nested: frozenset[int] = frozenset()
    needs: tuple[str, ...] = ()
    only_if: Condition | None = None
    targets: tuple[Target, ...] = ()
    example: str | None = None
    commands: Mapping[int, str] = field(default_factory=dict, hash=False)
    settled_by: tuple[str, ...] = ()
    note: str | None = None
    evidence: str | None = None
    shown_by: str | None = None
    equivalent: str | None = None
    freely_worded: bool = False
    asked_if: tuple[Question, ...] = field(default=(), hash=False)
    forms: tuple[Form, ...] = field(default=(), hash=False)
    usual_form: str = ""
    usually_not: str = ""
    form: str = ""
    own_form: "Artifact | None" = field(default=None, repr=False, compare=False)
    edition: str = ""

    def asked_of(self, kind: str) -> bool:
        """Tell whether a kind asks for this artifact.

        Args:
            kind: One of `KINDS`.
        """
        return KINDS[kind].meets(self.needs)

    def needed_for(self, values: Mapping[str, str]) -> bool:
        """Tell whether one model needs this artifact, given that its kind asks for it.

        Args:
            values: The spellings.
        """
        try:
            return self.only_if is None or self.only_if.holds(values)
        except ManifestError as error:
            raise error.of(self.edition, self.id) from error

    def paths_for(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Return the paths of the targets for one model, relative to the root of GitLab's tree; each once.

        Args:
            values: The spellings and `timestamp`.
        """
        return tuple(dict.fromkeys(self.fill(target.path, values) for target in self.targets_for(values)))

    def targets_for(self, values: Mapping[str, Any]) -> tuple[Target, ...]:
        """Return the targets for one model: of one that is there for each item of a list, one for each.

        Args:
            values: The spellings, `timestamp`, and the lists.
        """
        return tuple(one for target in self.targets for one in for_each(target, values))

    def in_form(self, name: str) -> "Artifact":
        """Return the artifact in one of its forms.

        Args:
            name: The form; empty: its own.

        Raises:
            KeyError: It has no such form.
        """
        own = self.own_form or self
        if not name:
            return own
        form = {each.name: each for each in self.forms}[name]
        targets, boxes = form.targets or own.targets, MappingProxyType({**own.boxes, **form.boxes})
        return replace(own, targets=targets, boxes=boxes, form=name, own_form=own)

    def every_form(self) -> "Iterator[Artifact]":
        """Yield the artifact in its own form, then in each of the others."""
        for name in ("", *(each.name for each in self.forms)):
            yield self.in_form(name)

    def target_at(self, path: str, values: Mapping[str, Any]) -> Target | None:
        """Return the first target with a path, or None if it has none.

        Args:
            path: Relative to the root of GitLab's tree.
            values: The spellings and `timestamp`.
        """
        return next((each for each in self.targets_for(values) if self.fill(each.path, values) == path), None)

    def fill(self, text: str, values: Mapping[str, Any]) -> str:
        """Return one of its format strings, or one of its targets, for one model.

        Args:
            text: The format string.
            values: What it may use.

        Raises:
            ManifestError: It uses a name that there is not.
        """
        try:
            return fill(text, values)
        except ManifestError as error:
            raise error.of(self.edition, self.id) from error


@cache
def load_manifest(edition: str) -> tuple[Artifact, ...]:
    """Read the manifest of an edition.

    Args:
        edition: The GitLab major version, such as `16`.

    Raises:
        ManifestError: A manifest cannot be used.
        ReadError: A manifest cannot be read.
    """
    return tuple(_artifact(entry, edition) for entry in entries_of(edition))


@cache
def load_runtime() -> tuple[Artifact, ...]:
    """Read the manifest of the reference runtime; errors as for `load_manifest`."""
    fixed = {"op": Op.CREATE, "level": Level.DOC, "step": "runtime"}
    return tuple(_artifact({**fixed, **entry}, RUNTIME) for entry in runtime_entries())


def load_steps(edition: str) -> dict[str, str]:
    """Return the titles of the steps of an edition by id, in their order.

    Args:
        edition: The GitLab major version, such as `16`.

    Raises:
        ManifestError: A manifest cannot be used.
        ReadError: A manifest cannot be read.
    """
    return dict(steps_of(edition))


def _artifact(entry: Mapping[str, Any], edition: str) -> Artifact:
    op = Op(entry["op"])
    read = {
        "phase": Phase(entry["phase"]),
        "level": Level(entry["level"]),
        "op": op,
        "boxes": _by_box(entry.get("boxes", {})),
        "commands": _by_box(entry.get("commands", {})),
        "nested": frozenset(entry.get("nested", ())),
        "needs": tuple(entry.get("needs", ())),
        "settled_by": tuple(entry.get("settled_by", ())),
        "only_if": Condition(**entry["only_if"]) if "only_if" in entry else None,
        "targets": _targets(entry.get("targets", ()), op),
        "asked_if": tuple(map(_test, entry.get("asked_if", ()))),
        "forms": tuple(
            Form(
                each["name"],
                tuple(map(_test, each["if"])),
                _targets(each.get("targets", ()), op),
                _by_box(each.get("boxes", {})),
            )
            for each in entry.get("forms", ())
        ),
    }
    return Artifact(**{**entry, **read, "edition": edition})


def for_each(target: Target, values: Mapping[str, Any]) -> Iterator[Target]:
    """Yield a target for each item of its list, whose texts name the item no more; a target without a list as it is.

    Args:
        target: The target.
        values: The lists.
    """
    if target.each is None:
        yield target
        return
    for item in values.get(target.each, ()):
        own = partial(fill_item, name=ITEM, item=item)
        yield replace(
            target,
            path=own(target.path),
            place=None if target.place is None else own(target.place),
            elsewhere=tuple(map(own, target.elsewhere)),
            each=None,
            item=item,
        )


def _targets(entries: Iterable[Mapping[str, Any]], op: Op) -> tuple[Target, ...]:
    return tuple(replace(_target(each), whole=True) if op is Op.CREATE else _target(each) for each in entries)


def _test(entry: Mapping[str, Any]) -> Question:
    arguments = {key: value for key, value in entry.items() if key not in {"test", "not"}}
    return Question(entry["test"], MappingProxyType(arguments), entry.get("not", False))


def _target(entry: Mapping[str, Any]) -> Target:
    existing = tuple(Target(entry["path"], **each) for each in entry.get("existing", ()))
    alter = tuple(map(_target, entry.get("alter", ())))
    elsewhere = tuple(entry.get("elsewhere", ()))
    return Target(**{**entry, "elsewhere": elsewhere, "existing": existing, "alter": alter})


def _by_box(texts: Mapping[str, str]) -> Mapping[int, str]:
    """Return texts by the number of their box: a key of TOML is a string."""
    return MappingProxyType({int(box): text for box, text in texts.items()})
