"""The schema of a manifest: the tables of its keys, and the mistakes in one that deviates.

A manifest is checked when it is read, so that a slip of its author becomes a sentence that says where it is and what
may have been meant. Anything that needs more than the manifest, such as its templates, is up to `checking`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from geo_scaffold.edition.editing import KINDS as EDITORS
from geo_scaffold.edition.format_strings import perhaps
from geo_scaffold.edition.predicates import PREDICATES
from geo_scaffold.edition.shapes import (
    ANYTHING,
    BY_BOX,
    FLAG,
    ID,
    NUMBERS,
    PATH,
    PATTERN,
    TEXT,
    TEXTS,
    TITLES,
    VERSION,
    Choice,
    ListOf,
    Shape,
    Table,
    Variants,
)
from geo_scaffold.edition.sharding import LISTS
from geo_scaffold.edition.validation import Mistake, known_keys, mistakes_in_table
from geo_scaffold.edition.vocabulary import EQUIVALENTS, EVIDENCE, OF_DECISIONS, OWNER, SORTS, TABLES, Level, Op
from geo_scaffold.kinds import PROPERTIES, generated
from geo_scaffold.phases import Phase

Entry = Mapping[str, Any]

_EDITOR: Final = Variants(
    "editor",
    "kind",
    {name: Table(f"an editor `{name}`", kind.needs, kind.takes) for name, kind in EDITORS.items()},
    {"reads": TEXTS},
)
_ENTRY: Final = Table("what is done in an existing file", {"template": TEXT}, {"place": TEXT, "editor": _EDITOR})
_ALTERING: Final = Table("a change of a table", {"path": PATH, "template": TEXT}, {"place": TEXT})
_TARGET: Final = Table(
    "a target",
    {"path": PATH, "template": TEXT},
    {
        "whole": FLAG,
        "place": TEXT,
        "editor": _EDITOR,
        "elsewhere": TEXTS,
        "table": Choice(TABLES, "table"),
        "existing": ListOf(_ENTRY),
        "alter": ListOf(_ALTERING),
        "each": Choice(LISTS, "list"),
    },
    name="path",
)
_TEST: Final = Variants(
    "test", "test", {name: predicate.table for name, predicate in PREDICATES.items()}, {"not": FLAG}
)
_FORM: Final = Table(
    "a form",
    {"name": TEXT, "if": ListOf(_TEST)},
    {"targets": ListOf(_TARGET), "boxes": BY_BOX},
    name="name",
)
_ONLY_IF: Final = Table("`only_if`", {"value": TEXT, "is_not": TEXT}, {})
_OF_ALL: Final[Mapping[str, Shape]] = {
    "id": ID,
    "phase": Choice(tuple(Phase), "phase"),
    "step": TEXT,
    "level": Choice(tuple(Level), "level"),
    "op": Choice(tuple(Op), "op"),
}
"""The keys that every artifact has, its own or from the base."""
_ARTIFACT: Final = Table(
    "an artifact",
    {"id": ID},
    {
        **_OF_ALL,
        "after": TEXT,
        "boxes": BY_BOX,
        "nested": NUMBERS,
        "needs": ListOf(Choice(PROPERTIES, "property of a kind")),
        "only_if": _ONLY_IF,
        "targets": ListOf(_TARGET),
        "example": TEXT,
        "commands": BY_BOX,
        "settled_by": TEXTS,
        "note": TEXT,
        "freely_worded": FLAG,
        "asked_if": ListOf(_TEST),
        "forms": ListOf(_FORM),
        "usual_form": TEXT,
        "usually_not": TEXT,
        "evidence": Choice(tuple(EVIDENCE), "evidence"),
        "shown_by": TEXT,
        "equivalent": Choice(tuple(EQUIVALENTS), "equivalent"),
    },
)
_ACKNOWLEDGED: Final = Table(
    "what is acknowledged", {"id": PATTERN, "sort": Choice(SORTS, "sort"), "says": PATTERN, "reason": TEXT}, {}
)
_REQUEST: Final = Table(
    "a merge request",
    {"template": TEXT, "message": TEXT, "subjects": TEXTS, "later": TEXTS},
    {"labels": TEXTS, "trailers": TEXTS},
)
_REQUESTS: Final = Table("the table of merge requests", {}, dict.fromkeys(Phase, _REQUEST))
_TAKES: Final = Table(
    "what a section takes", {"phase": Choice(tuple(Phase), "phase")}, {"op": Choice(tuple(Op), "op")}, name="phase"
)
_SECTION: Final = Table("a section", {"part": TEXT}, {"title": TEXT, "artifacts": TEXTS, "takes": ListOf(_TAKES)})
_HEAD: Final[Mapping[str, Shape]] = {
    "default": FLAG,
    "checked_with": TEXT,
    "base": TEXT,
    "without": TEXTS,
    "steps": TITLES,
    "merge_requests": _REQUESTS,
    "released_by": TEXT,
}
_FROM: Final[Mapping[str, Shape]] = {"from": VERSION}
_ARTIFACTS: Final[Mapping[str, Shape]] = {"artifact": ANYTHING}
"""The entries are checked one by one, so that a message has the id."""
_RUNTIME_FEATURES: Final = {"features": TITLES}


def mistakes_in_head(read: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the mistakes in a manifest's top-level keys.

    Args:
        read: The manifest, without the artifacts.
    """
    takes = {**_HEAD, "kinds": _kinds(), "features": TEXTS, **_ARTIFACTS}
    yield from mistakes_in_table(read, Table("a manifest", _FROM, takes))
    if read.get("kinds") == []:
        yield Mistake(
            "`kinds` names no kind, so there would be nothing to generate", hint="Without it, the base's apply"
        )


def _kinds() -> Shape:
    return ListOf(Choice(generated(), "kind that `new` makes"))


def mistakes_in_edition(read: Mapping[str, Any], features: Collection[str]) -> Iterator[Mistake]:
    """Yield the mistakes in the manifest of an edition, as written.

    Args:
        read: The content of the file.
        features: The known features.
    """
    has_base = "base" in read  # whose artifacts may be all
    needs = _FROM if has_base else {**_FROM, **_ARTIFACTS}
    takes = {
        **_HEAD,
        **_ARTIFACTS,
        "kinds": _kinds(),
        "features": ListOf(Choice(tuple(features), "feature")),
        "acknowledged": ListOf(_ACKNOWLEDGED),
        "section": ListOf(_SECTION),
    }
    yield from _in_manifest(read, Table("a manifest", needs, takes))
    if not has_base and "without" in read:
        yield Mistake("`without` only makes sense with a `base`")


def mistakes_in_runtime(read: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the mistakes in the manifest of the reference runtime, as `mistakes_in_edition`."""
    yield from _in_manifest(read, Table("a manifest", _ARTIFACTS, _RUNTIME_FEATURES))
    yield from _of_ids(read["artifact"])


def mistakes_in_order(read: Mapping[str, Any], base: Collection[str]) -> Iterator[Mistake]:
    """Yield the mistakes in how a manifest builds on another one.

    Args:
        read: The content of the file.
        base: The ids of the artifacts of its base; empty if it has none.
    """
    for id_ in read.get("without", ()):
        if id_ not in base:
            yield Mistake(f"`without` names {id_!a}, but its base has no such artifact{perhaps(id_, base)}")
    yield from _of_ids(read.get("artifact", ()))
    known = set(base) - set(read.get("without", ()))
    for entry in read.get("artifact", ()):
        id_, after = entry["id"], entry.get("after")
        if id_ in known or not base:
            if after is not None:
                yield Mistake(
                    "`after` is only for an artifact that the base does not have" if base else "`after` needs a `base`",
                    id_,
                    "An artifact of the base keeps its place; without a base the order is that of the file",
                )
        elif after is None:
            yield Mistake(f"it needs `after`, as the base has no such artifact{perhaps(id_, known)}", id_)
        elif after not in known:
            yield Mistake(f"`after` names {after!a}, which is not an artifact before it{perhaps(after, known)}", id_)
        known.add(id_)


def mistakes_in_sections(sections: Sequence[Entry], entries: Sequence[Entry]) -> Iterator[Mistake]:
    """Yield the mistakes in the sections of a checklist.

    Args:
        sections: The sections in the manifest; empty if the edition has none.
        entries: All entries of the edition, including those of its base.
    """
    named = [id_ for section in sections for id_ in section.get("artifacts", ())]
    ids = {entry["id"] for entry in entries}
    for id_, count in Counter(named).items():
        if id_ not in ids:
            yield Mistake(f"a section names {id_!a}, but there is no such artifact{perhaps(id_, ids)}")
        if count > 1:
            yield Mistake(f"sections name it {count} times", id_, "A checklist has an artifact in one place")
    taken = [each for section in sections for each in section.get("takes", ())]
    for entry in entries if sections else ():
        is_taken = any(each["phase"] == entry["phase"] and each.get("op", entry["op"]) == entry["op"] for each in taken)
        if not is_taken and entry["id"] not in named:
            yield Mistake("no section names or takes it", entry["id"], "Name it in the `artifacts` of one")


def mistakes_in_entries(entries: Sequence[Entry], steps: Collection[str], *, is_base: bool) -> Iterator[Mistake]:
    """Yield the mistakes in all entries of an edition, including those of its base.

    Args:
        entries: The entries, each with the keys of the base.
        steps: The ids of the steps.
        is_base: Whether the edition has no base, so that its boxes are numbered in order.
    """
    ids = {entry["id"] for entry in entries}
    box = 0
    for entry in entries:
        for key in _OF_ALL:
            if key not in entry:
                yield Mistake(f"the key `{key}` is missing", entry["id"])
                return
        if entry["step"] not in steps:
            step = entry["step"]
            yield Mistake(
                f"`step` is {step!a}, but there is no such step{perhaps(step, steps)}", entry["id"], known_keys(steps)
            )
        for each in entry.get("settled_by", ()):
            if each != OWNER and each not in ids:
                hint = f"It names an artifact, or the answer `{OWNER}`"
                yield Mistake(f"`settled_by` names {each!a}, which is not there{perhaps(each, ids)}", entry["id"], hint)
        if (shown := entry.get("shown_by")) is not None and shown not in ids:
            yield Mistake(f"`shown_by` names {shown!a}, which is not there{perhaps(shown, ids)}", entry["id"])
        boxes = entry.get("boxes", {})
        yield from _of_boxes(entry, boxes)
        if is_base:
            for number in boxes:
                box += 1
                if int(number) != box:
                    yield Mistake(
                        f"it has box {number}, and the next one is {box}",
                        entry["id"],
                        "Boxes count from 1 in the order of the artifacts",
                    )
                    return
        yield from _of_op(entry)
        yield from _of_forms(entry, boxes)


def _of_forms(entry: Entry, boxes: Mapping[str, str]) -> Iterator[Mistake]:
    names = [form["name"] for form in entry.get("forms", ())]
    if (usual := entry.get("usual_form", "")) and usual not in names:
        yield Mistake(f"`usual_form` names {usual!a}, and it has no such form{perhaps(usual, names)}", entry["id"])
    for form in entry.get("forms", ()):
        name = form["name"]
        if not name or names.count(name) > 1:
            yield Mistake(f"the form {name!a} needs a name of its own", entry["id"])
        if not form["if"]:
            yield Mistake(f"the form {name!a} has no condition", entry["id"], "Without one it would be the only form")
        for number in form.get("boxes", ()):
            if number not in boxes:
                yield Mistake(f"the form {name!a} names box {number}, which it does not have", entry["id"])
        yield from _of_op({**entry, **{key: form[key] for key in ("targets",) if key in form}})


def _of_ids(entries: Sequence[Entry]) -> Iterator[Mistake]:
    for id_, count in Counter(entry["id"] for entry in entries).items():
        if count > 1:
            yield Mistake(f"it appears {count} times", id_, "An id identifies one artifact")


def _of_boxes(entry: Entry, boxes: Mapping[str, str]) -> Iterator[Mistake]:
    hint = f"It has {', '.join(boxes)}" if boxes else "It has no box"
    for key in ("commands", "nested"):
        for number in entry.get(key, ()):
            if str(number) not in boxes:
                yield Mistake(f"`{key}` names box {number}, which it does not have", entry["id"], hint)
    if not boxes and "note" not in entry:
        yield Mistake("it has neither `boxes` nor a `note`", entry["id"], "Say in one of them what is to be done")


def _of_op(entry: Entry) -> Iterator[Mistake]:
    """Yield the keys that do not fit an artifact's `op`."""
    id_, op = entry["id"], entry["op"]
    is_decision = op == Op.CONFIRM
    if is_decision and "targets" in entry:
        yield Mistake(
            "it is a decision (`op`), which has no `targets`", id_, "An `example` is what a decision may have"
        )
    if not is_decision and not entry.get("targets"):
        yield Mistake(f"its `op` is {op}, and it has no `targets`", id_, f"Only `op` {Op.CONFIRM} has none")
    for key in OF_DECISIONS:
        if not is_decision and key in entry:
            yield Mistake(f"`{key}` is for decisions, and its `op` is {op}", id_)
    for target in entry.get("targets", ()):
        if op == Op.CREATE or target.get("whole"):
            if "editor" in target:
                hint = "`existing` says what to do in a file that is there already"
                yield Mistake(f"target {target['path']}: it is a whole file, which has no `editor`", id_, hint)
            continue
        if "place" not in target:
            yield Mistake(f"target {target['path']}: the key `place` is missing", id_, "Say where in the file it goes")


def _in_manifest(read: Mapping[str, Any], table: Table) -> Iterator[Mistake]:
    entries = read.get("artifact", None if "artifact" in table.needs else [])
    if not isinstance(entries, list):
        yield Mistake("there are no artifacts", hint="Each begins with [[artifact]]")
        return
    for entry in entries:
        id_ = entry.get("id") if isinstance(entry, dict) else None
        for mistake in mistakes_in_table(entry, _ARTIFACT):
            yield mistake._replace(artifact=id_ if isinstance(id_, str) else "")
    yield from mistakes_in_table(read, table)
