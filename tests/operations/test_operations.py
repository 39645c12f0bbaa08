"""Operations in a virtual tree: what they come to, what they do, and what undoing them leaves."""

from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.commit import digest
from geo_scaffold.editors.yaml.scalar import ScalarValue
from geo_scaffold.operations import (
    EntryOperation,
    FileOperation,
    OpKind,
    Outcome,
    Part,
    Retirement,
    Status,
    TickedFileOperation,
    outline_of,
)
from geo_scaffold.records import replace
from geo_scaffold.tree import Tree

ENABLE = ScalarValue(("default_enabled",), "true", "false")
FLAG = "---\nname: geo_cool_widget_replication\ndefault_enabled: false\n"


def tree_with(folder: Path, **files: bytes) -> Tree:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return Tree(folder)


def created(content: bytes, rendered: bytes | None = None, **more: bytes) -> FileOperation:
    return FileOperation(
        "finder",
        OpKind.CREATE,
        "finder",
        content,
        None if rendered is None else digest(rendered),
        replaced=more.get("replaced"),
    )


@pytest.mark.parametrize(
    ("found", "rendered", "status"),
    [
        (None, None, Status.PLANNED),
        (None, b"new", Status.PLANNED),  # a person deleted it
        (b"new", None, Status.UNCHANGED),  # a person wrote just that
        (b"new", b"old", Status.UNCHANGED),
        (b"edited", b"new", Status.UNCHANGED),  # edited, and the rendering is what it was
        (b"old", b"old", Status.PLANNED),  # not edited, and the rendering has changed
        (b"edited", b"old", Status.CONFLICT),
        (b"theirs", None, Status.CONFLICT),
    ],
)
def test_a_file_against_its_earlier_rendering(
    tmp_path: Path, found: bytes | None, rendered: bytes | None, status: Status
) -> None:
    tree = tree_with(tmp_path, **({} if found is None else {"finder": found}))
    operation = created(b"new", rendered)
    operation_outcome = operation.status(tree)
    assert operation_outcome.status is status
    assert tree.changes() == ()
    applied = operation.apply(tree)
    assert applied.outcome == operation_outcome
    assert tree.changes() == () or status is Status.PLANNED
    if status is Status.PLANNED:
        assert applied[1:3] == (found, b"new")
        assert tree.read("finder") == b"new"
        assert operation.status(tree).status is Status.UNCHANGED


def test_what_a_person_wrote_is_replaced_only_by_force(tmp_path: Path) -> None:
    tree = tree_with(tmp_path, finder=b"theirs")
    operation = created(b"new")
    outcome = operation.status(tree)
    assert outcome.status is Status.CONFLICT
    assert operation.apply(tree)[:3] == (outcome, None, None)
    assert tree.changes() == ()
    assert operation.apply(tree, force=True)[:3] == (outcome, b"theirs", b"new")
    assert tree.read("finder") == b"new"


@pytest.mark.parametrize(
    ("found", "replaced", "left", "is_kept"),
    [
        (b"ours", None, None, False),
        (b"edited", None, b"edited", True),
        (None, None, None, False),
        (b"ours", b"theirs", b"theirs", False),
        (b"edited", b"theirs", b"edited", True),
        (b"theirs", b"theirs", b"theirs", False),
    ],
)
def test_undoing_a_file(
    tmp_path: Path, found: bytes | None, replaced: bytes | None, left: bytes | None, is_kept: bool
) -> None:
    tree = tree_with(tmp_path, **({} if found is None else {"finder": found}))
    operation = FileOperation("finder", OpKind.CREATE, "finder", b"", digest(b"ours"), replaced=replaced)
    assert bool(operation.revert(tree)) is is_kept
    assert tree.read("finder") == left


def ensured(*parts: Part) -> EntryOperation:
    return EntryOperation("release-flag", OpKind.ENSURE, "flag.yml", parts or (Part(ENABLE, "default_enabled: true"),))


@pytest.mark.parametrize("kind", [OpKind.ENSURE, OpKind.DERIVE])
def test_an_entry_is_put_in_once_and_taken_out(tmp_path: Path, kind: OpKind) -> None:
    (tmp_path / "flag.yml").write_text(FLAG)
    tree = Tree(tmp_path)
    operation = EntryOperation("release-flag", kind, "flag.yml", (Part(ENABLE, "default_enabled: true"),))
    assert operation.status(tree).status is Status.PLANNED
    assert tree.changes() == ()
    enabled = FLAG.replace("false", "true").encode()
    assert operation.apply(tree)[:3] == (Outcome(Status.PLANNED), FLAG.encode(), enabled)
    assert tree.read("flag.yml") == enabled
    assert operation.apply(tree)[:3] == (Outcome(Status.UNCHANGED), None, None)
    assert operation.status(tree).status is Status.UNCHANGED
    assert operation.revert(tree) is None
    assert tree.changes() == ()


def test_what_an_entry_brings_is_told_by_what_was_applied_whenever_it_is_asked(tmp_path: Path) -> None:
    """The order of calls says nothing: another tree is looked at in between."""
    (tmp_path / "flag.yml").write_text(FLAG)
    tree, operation = Tree(tmp_path), ensured()
    applied = operation.apply(tree)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/flag.yml").write_text("name: other\n" + FLAG)
    operation.apply(Tree(tmp_path / "other"))
    assert applied.trace == ensured().apply(Tree(tmp_path)).trace
    again = replace(operation, trace=applied.trace)
    assert again.completes_earlier(applied)
    assert not replace(operation, trace=digest(b"edited since")).completes_earlier(applied)
    assert not operation.completes_earlier(applied)


class Rewritten(NamedTuple):
    """An editor that makes one text of any other."""

    text: str

    def contains(self, text: str) -> bool:
        return text == self.text

    def insert(self, _: str) -> str:
        return self.text

    def remove(self, text: str) -> str:
        return text


BLOCKS = st.tuples(st.sampled_from([1, 3, 60, 90]), st.sampled_from([1, 7, 80])).map(
    lambda sizes: "\n".join(f"line {number % sizes[1]}" for number in range(sizes[0]))
)
"""Short and long, of which some repeat their lines."""


@given(
    kept=st.lists(BLOCKS, min_size=1, max_size=5),
    inserted=st.lists(st.lists(st.sampled_from(["line 0", "new: 1", "new: 2"]), min_size=1), min_size=1, max_size=5),
    end=st.sampled_from(["", "\n"]),
)
def test_the_trace_of_an_entry_does_not_depend_on_the_lines_that_stay(
    kept: list[str], inserted: list[list[str]], end: str
) -> None:
    """Wherever the lines go, and however often the ones around them are repeated."""
    new = ["\n".join(lines) for lines in inserted[: len(kept)]]
    woven = [block for pair in zip_longest(kept, new) for block in pair if block]
    before, after = ("\n".join(blocks) + end for blocks in (kept, woven))

    def trace(before: str, after: str) -> str | None:
        return ensured(Part(Rewritten(after), "")).applied_to(before.encode()).trace

    assert trace(before, after) == trace("", "\n".join(new))
    assert trace(after, before) == trace("\n".join(new), "")


def test_an_entry_is_taken_out_from_among_later_edits(tmp_path: Path) -> None:
    (tmp_path / "flag.yml").write_text("# mine\n" + FLAG.replace("false", "true") + "group: group::geo\n")
    tree = Tree(tmp_path)
    assert ensured().revert(tree) is None
    assert tree.read("flag.yml") == ("# mine\n" + FLAG + "group: group::geo\n").encode()


def test_a_target_that_is_not_there_is_open(tmp_path: Path) -> None:
    outcome = ensured().status(Tree(tmp_path))
    assert outcome == (Status.OPEN, "the file is not in this tree")
    assert ensured().revert(Tree(tmp_path)) is None


@pytest.mark.parametrize("text", ["name: x\n", "default_enabled: false\ndefault_enabled: false\n", "- [broken\n"])
def test_a_place_that_does_not_exist_exactly_once_is_blocked(tmp_path: Path, text: str) -> None:
    (tmp_path / "flag.yml").write_text(text)
    tree = Tree(tmp_path)
    outcome = ensured().status(tree)
    assert outcome.status is Status.BLOCKED
    assert outcome.message
    assert ensured().apply(tree)[:3] == (outcome, None, None)
    assert tree.changes() == ()
    assert (ensured().revert(tree) or "").startswith("kept: ")


def test_without_an_editor_the_lines_are_left_to_a_person(tmp_path: Path) -> None:
    (tmp_path / "flag.yml").write_text(FLAG)
    operation = ensured(Part(ENABLE, "one"), Part(None, "two", "at the end"))
    outcome = operation.status(Tree(tmp_path))
    assert outcome.status is Status.OPEN
    assert "at the end" in outcome.message
    assert operation.snippet == "one\ntwo"


@given(st.binary(max_size=40), st.sampled_from([b"", b"\xef\xbb\xbf"]), st.sampled_from([b"\n", b"\r\n"]))
def test_bytes_around_an_entry_survive(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, bom: bytes, eol: bytes
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    comment = b"# " + junk.replace(b"\n", b"").replace(b"\r", b"") + eol
    before = bom + comment + b"default_enabled: false"
    (folder / "flag.yml").write_bytes(before)
    tree = Tree(folder)
    operation = ensured()
    if operation.status(tree).status is Status.BLOCKED:  # YAML forbids some characters, in comments too
        return
    operation.apply(tree)
    assert tree.read("flag.yml") == before.replace(b": false", b": true")
    assert operation.revert(tree) is None
    assert tree.read("flag.yml") == before


LIST = b"## Tasks\n\n- [x] `a`: one\n\n- [ ] `b`: two\n\n  - [ ] `b`: three\n"


def listed(content: bytes, rendered: bytes) -> TickedFileOperation:
    return TickedFileOperation(
        "checklist", OpKind.CREATE, "list", content, digest(rendered), outline=outline_of(rendered)
    )


def test_ticks_survive_a_new_rendering(tmp_path: Path) -> None:
    ticked = LIST.replace(b"- [ ] `b`: three", b"- [X] `b`: three")
    after = LIST.replace(b"## Tasks", b"## Tasks of now").replace(b"[x] `a`", b"[ ] `a`")
    tree = tree_with(tmp_path, list=ticked)
    operation = listed(after, LIST)
    outcome = operation.status(tree)
    assert outcome == (Status.PLANNED, "rendered again, as an answer or a template has changed; your ticks are kept")
    operation.apply(tree)
    assert tree.read("list") == b"## Tasks of now\n\n- [x] `a`: one\n\n- [ ] `b`: two\n\n  - [x] `b`: three\n"


def test_a_checklist_with_other_edits_is_a_conflict_like_any_file(tmp_path: Path) -> None:
    tree = tree_with(tmp_path, list=LIST + b"my own line\n")
    assert listed(LIST, LIST).status(tree).status is Status.UNCHANGED
    assert listed(LIST + b"new\n", LIST).status(tree).status is Status.CONFLICT


def test_ticks_alone_are_no_reason_to_write(tmp_path: Path) -> None:
    tree = tree_with(tmp_path, list=LIST.replace(b"[ ]", b"[x]"))
    assert listed(LIST, LIST).status(tree).status is Status.UNCHANGED


def enabled(trace: str | None = None) -> EntryOperation:
    return EntryOperation("flag", OpKind.ENSURE, "flag.yml", (Part(ENABLE, "default_enabled: true"),), trace=trace)


@pytest.mark.parametrize("force", [False, True])
def test_an_edited_entry_that_is_no_longer_needed_stays_with_its_file(tmp_path: Path, force: bool) -> None:
    tree = tree_with(tmp_path, **{"flag.yml": FLAG.encode()})
    enabled().apply(tree)
    written = tree.read("flag.yml")
    applied = Retirement(enabled(trace=digest(b"of other lines"))).apply(tree, force=force)
    assert applied.outcome.status is Status.UNCHANGED
    assert "edited since" in applied.outcome.message
    assert tree.read("flag.yml") == written


def test_what_is_no_longer_needed_is_taken_back(tmp_path: Path) -> None:
    tree = tree_with(tmp_path, **{"flag.yml": FLAG.encode(), "finder": b"ours"})
    trace = enabled().apply(tree).trace
    for operation in (enabled(trace), created(b"", b"ours")):
        retirement = Retirement(operation)
        before = tree.read(operation.path)
        assert retirement.status(tree).status is Status.PLANNED
        assert tree.read(operation.path) == before
        retirement.apply(tree)
    assert tree.read("flag.yml") == FLAG.encode()
    assert tree.read("finder") is None


@pytest.mark.parametrize(("force", "left"), [(False, b"edited"), (True, None)])
def test_an_edited_file_that_is_no_longer_needed_goes_only_by_force(
    tmp_path: Path, force: bool, left: bytes | None
) -> None:
    tree = tree_with(tmp_path, finder=b"edited")
    applied = Retirement(created(b"", b"ours")).apply(tree, force=force)
    assert applied.outcome.status is Status.CONFLICT
    assert tree.read("finder") == left
