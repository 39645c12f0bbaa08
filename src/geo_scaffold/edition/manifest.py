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

__all__ = ["Artifact", "Condition", "Level", "Op", "Phase", "TargetFile", "load_manifest", "load_runtime", "load_steps"]


ITEM: Final = "key"
"""The name in texts and templates for the item of a target that exists once for each item of a list."""


@dataclass(frozen=True, slots=True)
class TargetFile:
    """One file of an artifact.

    Args:
        path: Its path, relative to the root of GitLab's tree; a format string.
        template: The template, below the edition's folder, of the whole file or of the lines to insert.
        whole: Whether the whole file is ours: created, or derived as a separate file.
        place: Where in the file the lines go, for people; a format string.
        editor: The editor that inserts the lines: a kind of `editing.KINDS` and arguments of its class.
        elsewhere: Other paths where it may be, older names or other folders; format strings in which `*` matches a part
            of a name.
        table: The spelling of the table that it creates, which a file of another name may have created instead.
        existing: For a whole file: the entries to add instead if somebody else created it; one without an editor is
            left to a person.
        each: The list of a template's values with one file for each item, or None for a single file. Texts and template
            use the item as `key`.
        item: That item, in the target of one of them.
        alter: For a schema: what changes an existing table: the migrations, then the schema itself; those that render
            nothing are skipped.
    """

    path: str
    template: str | None = None
    whole: bool = False
    place: str | None = None
    editor: Mapping[str, Any] | None = field(default=None, hash=False)
    elsewhere: tuple[str, ...] = ()
    table: str | None = None
    existing: "tuple[TargetFile, ...]" = ()
    alter: "tuple[TargetFile, ...]" = ()
    each: str | None = None
    item: Any = field(default=None, hash=False)

    def values(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the values for its template, from those for its artifact's."""
        return values if self.item is None else {**values, ITEM: self.item}

    @property
    def is_migration(self) -> bool:
        """Whether it is a migration, or the file that records that one has run."""
        return self.table is not None or ("/{" in self.path and "migrat" in self.path)


class Question(NamedTuple):
    """A question about a file of the checkout.

    Args:
        name: Its name in `predicates.PREDICATES`.
        arguments: Its arguments in the manifest; their strings are format strings.
        is_not: Whether it is negated.
    """

    name: str
    arguments: Mapping[str, Any]
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form that an artifact has in trees of another age, besides its own form.

    Args:
        name: Its name, which must not change: receipts record it for each entry.
        conditions: It applies if all of them hold.
        targets: The files in this form.
        boxes: The texts of boxes that differ in this form.
    """

    name: str
    conditions: tuple[Question, ...]
    targets: tuple[TargetFile, ...] = ()
    boxes: Mapping[int, str] = field(default_factory=dict, hash=False)


class Condition(NamedTuple):
    """A condition that two format strings differ."""

    value: str
    is_not: str

    def holds(self, values: Mapping[str, str]) -> bool:
        """Tell whether it holds for one model."""
        return fill(self.value, values) != fill(self.is_not, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One thing that an edition asks for.

    Texts and paths are format strings over the spellings of a model, `kind` and `timestamp`.

    Args:
        id: Its id, which must not change: reports, `--only`, `--skip` and ticks use it.
        phase: The merge request that it belongs to.
        step: The part of that phase; `load_steps` has its title.
        level: The cost if it is missing.
        op: What is done for it.
        boxes: What to do, in Markdown, by the number of the checkbox in the issue template, from the top.
        nested: The boxes nested in the box before them.
        needs: The properties of `kinds.PROPERTIES` that a kind must have to need it; empty if all kinds do.
        only_if: The condition under which it is needed, or None for always. If it does not hold, its boxes stay, as not
            needed.
        targets: Its files; empty for a decision.
        example: For a decision: the template of an example to adapt.
        commands: The command that a person has to run, by box.
        settled_by: What settles a decision without a person: `owner`, the answer of that name, or the id of an artifact
            that is unchanged since it was generated.
        note: What to do, for an artifact without a box.
        evidence: The evidence in files that settles a decision, one of `vocabulary.EVIDENCE`.
        shown_by: The id of the artifact whose template shows how to write a decision down.
        equivalent: Another way to write it, which no path or locator finds, one of `vocabulary.EQUIVALENTS`.
        freely_worded: Whether only a person can tell if other words are equivalent to the entry.
        asked_if: A checkout needs it if all of them hold or are undecided.
        forms: The forms that it may have; the first that applies wins, else its own.
        usual_form: Its form outside a checkout; empty for its own.
        usually_not: Why it is not needed outside a checkout; empty if it is.
        form: The name of its current form; empty for its own.
        own_form: The artifact in its own form, if it is in another one.
        edition: The edition that asks for it, or `runtime` for the reference runtime.
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
    targets: tuple[TargetFile, ...] = ()
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
        """Tell whether a kind needs this artifact.

        Args:
            kind: One of `KINDS`.
        """
        return KINDS[kind].meets(self.needs)

    def needed_for(self, values: Mapping[str, str]) -> bool:
        """Tell whether one model needs this artifact, if its kind does.

        Args:
            values: The spellings.
        """
        try:
            return self.only_if is None or self.only_if.holds(values)
        except ManifestError as error:
            raise error.of(self.edition, self.id) from error

    def paths_for(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Return the distinct paths of the targets for one model, relative to the root of GitLab's tree.

        Args:
            values: The spellings and `timestamp`.
        """
        return tuple(dict.fromkeys(self.fill(target.path, values) for target in self.targets_for(values)))

    def targets_for(self, values: Mapping[str, Any]) -> tuple[TargetFile, ...]:
        """Return the targets for one model, with one for each item where a target has a list.

        Args:
            values: The spellings, `timestamp`, and the lists.
        """
        return tuple(one for target in self.targets for one in for_each(target, values))

    def in_form(self, name: str) -> "Artifact":
        """Return the artifact in one of its forms.

        Args:
            name: The form; empty for its own.

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
        for name in ("", *(form.name for form in self.forms)):
            yield self.in_form(name)

    def target_at(self, path: str, values: Mapping[str, Any]) -> TargetFile | None:
        """Return the first target with a path, or None if there is none.

        Args:
            path: Relative to the root of GitLab's tree.
            values: The spellings and `timestamp`.
        """
        return next((target for target in self.targets_for(values) if self.fill(target.path, values) == path), None)

    def fill(self, text: str, values: Mapping[str, Any]) -> str:
        """Return one of its format strings, or one of its targets, for one model.

        Args:
            text: The format string.
            values: The values that it may use.

        Raises:
            ManifestError: It uses an unknown name.
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


def for_each(target: TargetFile, values: Mapping[str, Any]) -> Iterator[TargetFile]:
    """Yield a target for each item of its list, with the item filled in; a target without a list is unchanged.

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


def _targets(entries: Iterable[Mapping[str, Any]], op: Op) -> tuple[TargetFile, ...]:
    return tuple(replace(_target(entry), whole=True) if op is Op.CREATE else _target(entry) for entry in entries)


def _test(entry: Mapping[str, Any]) -> Question:
    arguments = {key: value for key, value in entry.items() if key not in {"test", "not"}}
    return Question(entry["test"], MappingProxyType(arguments), entry.get("not", False))


def _target(entry: Mapping[str, Any]) -> TargetFile:
    existing = tuple(TargetFile(entry["path"], **each) for each in entry.get("existing", ()))
    alter = tuple(map(_target, entry.get("alter", ())))
    elsewhere = tuple(entry.get("elsewhere", ()))
    return TargetFile(**{**entry, "elsewhere": elsewhere, "existing": existing, "alter": alter})


def _by_box(texts: Mapping[str, str]) -> Mapping[int, str]:
    """Return texts by the number of their box, because TOML keys are strings."""
    return MappingProxyType({int(box): text for box, text in texts.items()})
