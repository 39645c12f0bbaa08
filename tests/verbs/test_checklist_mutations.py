"""Every artifact and every entry of a freshly generated type, taken away or damaged: exactly that item turns red."""

import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checkouts import CHECKOUT_16, CHECKOUT_18
from geo_scaffold.edition.editing import ManifestEditor
from geo_scaffold.operations import EntryOperation, FileOperation
from geo_scaffold.outline import Call, outline_ruby
from geo_scaffold.verbs.checklist import Report, Request, State, check
from geo_scaffold.verbs.plan import Plan  # noqa: TC001 - tests read it
from sizes import in_turns, some

from .conftest import decide_sharding, make_checkout, new

KINDS = ("repository", "blob")
CHECKOUTS = {"16": CHECKOUT_16, "18": CHECKOUT_18}
CASES = in_turns(tuple(CHECKOUTS), KINDS)
RED = {State.MISSING, State.DIFFERS}


class Fresh:
    """A type that was just generated, and the report about it."""

    def __init__(self, root: Path, kind: str, edition: str = "16") -> None:
        self.edition = edition
        self.root = make_checkout(root, CHECKOUTS[edition], git=False)
        self.plan: Plan = new(
            self.root,
            kind=kind,
            owner="project",
            factory="a_cool_widget",
            milestone="16.3",
            merge_request="https://gitlab.com/g/p/-/merge_requests/1",
        )
        if edition != "16":
            decide_sharding(self.root)
        self.report = self.check()

    def check(self) -> Report:
        return check(Request(models=("CoolWidget",)), self.root)

    def red(self) -> set[str]:
        return {item.id for item in self.check().types[0].items if item.state in RED}

    def red_with(self, path: str, content: bytes | None) -> set[str]:
        """Return what is red while a file has other content, or none."""
        file = self.root / path
        before = file.read_bytes()
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        try:
            return self.red()
        finally:
            file.write_bytes(before)


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    edition, kind = request.param
    return Fresh(tmp_path_factory.mktemp(kind) / "gitlab", kind, edition)


def created(fresh: Fresh) -> Iterator[tuple[FileOperation, str]]:
    for step in fresh.plan.steps:
        if isinstance(step.operation, FileOperation):
            yield step.operation, (fresh.root / step.operation.path).read_text()


def test_all_automatic_items_are_done(fresh: Fresh) -> None:
    states = {item.id: item.state for item in fresh.report.types[0].items}
    assert {id_ for id_, state in states.items() if state in RED} == set()
    automatic = {step.operation.id for step in fresh.plan.steps}
    assert {id_ for id_ in automatic if states[id_] is not State.DONE} == set()
    assert not fresh.report.is_open(strict=False)
    assert fresh.report.is_open(strict=True)


def test_a_file_that_is_gone(fresh: Fresh) -> None:
    found = {operation.path: fresh.red_with(operation.path, None) for operation, _ in created(fresh)}
    assert found == {operation.path: {operation.id} for operation, _ in created(fresh)}


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01binary", b"class A\n  def b(\n", b"<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n"],
    ids=["empty", "binary", "unparsable", "conflict"],
)
def test_a_file_that_is_broken(fresh: Fresh, content: bytes) -> None:
    chosen = some(created(fresh), 2, content)
    found = {operation.path: fresh.red_with(operation.path, content) for operation, _ in chosen}
    assert found == {operation.path: {operation.id} for operation, _ in chosen}


FOLLOWING = {"mount_uploader :file": {"model-factory", "object-storage"}}
"""What is red where the checkout says something else: its model decides, and what was called after it is wrong."""


@pytest.mark.slow
def test_each_construct_of_each_ruby_file(fresh: Fresh) -> None:
    damaged, survivors = [], []
    for operation, text in created(fresh):
        if not operation.path.endswith(".rb"):
            continue
        lines = text.split("\n")
        for key, construct in outline_ruby(text).items():
            name = (isinstance(key, Call) and (key.label or key.first)) or key.name
            line = lines[construct.line - 1]
            found = re.search(rf"(?<![\w]){re.escape(name)}", line)
            if construct.shown.startswith("module ") or not found:
                continue
            if text.count(f"let(:{name})") > 1:  # of several contexts; one of them is enough
                continue
            other = [*lines]
            other[construct.line - 1] = f"{line[: found.start()]}{name[0]}zz{name[1:]}{line[found.end() :]}"
            damaged.append((operation, construct.shown, "\n".join(other).encode()))
    for operation, shown, content in some(damaged, 8):
        red = fresh.red_with(operation.path, content)
        if red != FOLLOWING.get(shown, {operation.id}):
            survivors.append((operation.path, shown, red))
    assert survivors == []
    assert len(damaged) > 140


OTHER_OPTIONS = {
    r"where: \"\(+\w+ = (\d)": "9",
    r"unique: (true)": "false",
    r"default: (0|false)": "1",
    r"null: (false)": "true",
    r"limit: (\d+)": "7",
    r"on_delete: (:cascade)": ":nullify",
    r"NAME = \"(\w+)\"": "another_name",
}
"""A migration's options of columns and indexes, and another value for each."""


def test_each_option_of_each_table(fresh: Fresh) -> None:
    changed = [
        (operation, found[0], text[: found.start(1)] + value + text[found.end(1) :])
        for operation, text in created(fresh)
        for pattern, value in (OTHER_OPTIONS.items() if "/migrate/" in operation.path else ())
        for found in re.finditer(pattern, text)
    ]
    unseen = [
        (operation.path, option)
        for operation, option, other in some(changed, 3)
        if fresh.red_with(operation.path, other.encode()) != {operation.id}
    ]
    assert unseen == []
    assert len(changed) > 25


def test_each_key_of_each_yaml_file(fresh: Fresh) -> None:
    keys = [
        (operation, text, line)
        for operation, text in created(fresh)
        for line in (text.splitlines() if operation.path.endswith(".yml") else [])
        if re.match(r"\w", line)
    ]
    for operation, text, line in some(keys, 3):
        red = fresh.red_with(operation.path, text.replace(f"{line}\n", "", 1).encode())
        is_spare = line.startswith("sharding_key_issue_url:")  # GitLab's spec takes an exemption without it
        assert red == (set() if is_spare else {operation.id}), (operation.path, line)


SILENT = {
    r"---": "a YAML file is the same without it",
    r"nil": "a method without a statement returns it",
    r"private|override :\w+[?!]?": "says who may call a method, or that there is another one; not what it does",
    r"(?:it|specify) \{.*": "an example of one line; which examples there are is for people to choose",
}
"""Lines that say nothing about what an artifact does, and why."""
SILENT_AROUND = {
    r"(?:it|specify) .*do": "how an example tests is for people to word",
    r"(?:before|after)\b.*(?:do|\{).*": "and so is what it sets up",
}
"""What is silent in whole, up to its end."""
WORDED = r"(?:def |scope |let).*"
"""What people may write in another way, where it takes more than one line: only that it is there is compared."""


def says_something(lines: list[str], at: int) -> bool:
    """Tell whether an artifact is another one without a line, by the lists above."""
    line = lines[at].strip()
    if not line or line.startswith("#") or any(re.fullmatch(each, line) for each in SILENT):
        return False
    if (name := re.match(r"let\w*!?\(:\w+\)", line)) and "\n".join(lines).count(name[0]) > 1:
        return False  # of several contexts; one of them is enough
    depth = _depth(lines[at])
    for start in range(at - 1, -1, -1):
        if not lines[start].strip() or _depth(lines[start]) >= depth:
            continue
        opener, depth = lines[start].strip(), _depth(lines[start])
        if any(re.fullmatch(each, opener) for each in SILENT_AROUND):
            return False
        rest = (each for each in lines[start + 1 :] if each.strip() and not each.lstrip().startswith("#"))
        body = list(itertools.takewhile(lambda each, depth=depth: _depth(each) > depth, rest))  # type: ignore[misc]
        if re.fullmatch(WORDED, opener) and len(body) > 1:
            return False
    return True


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def test_a_line_that_is_gone(fresh: Fresh) -> None:
    found = [
        (operation, text.splitlines(), at)
        for operation, text in created(fresh)
        for at in range(len(text.splitlines()))
        if operation.path.endswith((".rb", ".yml")) and says_something(text.splitlines(), at)
    ]
    assert len(found) > 180
    unseen = []
    for operation, lines, at in some(found, 4, (fresh.edition, fresh.plan.answers.kind)):
        red = fresh.red_with(operation.path, "\n".join([*lines[:at], *lines[at + 1 :], ""]).encode())
        if red != {operation.id}:
            unseen.append((operation.path, at + 1, lines[at], red))
    assert unseen == []


def entries(fresh: Fresh) -> Iterator[tuple[EntryOperation, ManifestEditor, str]]:
    for step in fresh.plan.steps:
        if isinstance(step.operation, EntryOperation):
            text = (fresh.root / step.operation.path).read_text()
            for part in step.operation.parts:
                assert isinstance(part.editor, ManifestEditor)
                yield step.operation, part.editor, text


def test_each_entry_that_is_taken_out(fresh: Fresh) -> None:
    for operation, editor, text in entries(fresh):
        is_absence = editor.spec["kind"] == "no-hash-entry"
        without = CHECKOUTS[fresh.edition][operation.path] if is_absence else editor.remove(text)
        assert without != text, operation.id
        assert fresh.red_with(operation.path, without.encode()) == {operation.id}


def test_each_statement_of_each_schema(fresh: Fresh) -> None:
    count = 0
    for operation, editor, text in entries(fresh):
        if operation.path.endswith(".sql"):
            for statement in editor.lines.strip().split("\n\n"):
                count += 1
                without = text.replace(f"{statement}\n\n", "")
                without = without if without != text else text.replace(f"\n\n{statement}", "")
                assert without != text
                assert fresh.red_with(operation.path, without.encode()) == {operation.id}, statement
    assert count > 15


def test_each_piece_of_an_entry_is_named(fresh: Fresh) -> None:
    for path, id_, piece in (
        ("doc/administration/monitoring/prometheus/gitlab_metrics.md", "metrics-docs", "geo_cool_widgets_synced"),
        ("ee/config/metrics/object_schemas/geo_node_usage.json", "usage-metrics", "cool_widgets_synced_count"),
        ("doc/api/geo_nodes.md", "status-docs", "cool_widgets_synced_count"),
        (
            "ee/spec/fixtures/api/schemas/public_api/v4/geo_node_status.json",
            "status-schema",
            "cool_widgets_synced_count",
        ),
    ):
        file = fresh.root / path
        before = file.read_text()
        file.write_text(before.replace(piece, f"another_{piece}", 1))
        try:
            items = {item.id: item for item in fresh.check().types[0].items if item.state in RED}
        finally:
            file.write_text(before)
        assert set(items) == {id_}
        assert items[id_].state is State.DIFFERS
        assert piece in items[id_].message
        assert items[id_].line


def test_a_shared_file_that_is_gone_or_broken_is_a_finding_of_its_entries_only(fresh: Fresh) -> None:
    by_path: dict[str, set[str]] = {}
    for operation, _, _ in entries(fresh):
        by_path.setdefault(operation.path, set()).add(operation.id)
    for path, ids in some(by_path.items(), 3):
        if path == "ee/lib/gitlab/geo.rb":
            continue  # without it this is not a checkout
        assert fresh.red_with(path, None) == ids, path
        assert fresh.red_with(path, b"<<<<<<< HEAD\n=======\n>>>>>>> other\n") == ids, path


def _double(text: str) -> str:
    return "\n".join(" " * (len(line) - len(line.lstrip(" "))) + line for line in text.split("\n"))


def _commented(text: str) -> str:
    return "\n".join(
        f"{line}\n# a comment" if line.endswith(" do") or line.startswith("class ") else line
        for line in text.split("\n")
    )


def _with_a_method(text: str) -> str:
    return re.sub(
        r"\n( *)end\n((?: *end\n|# rubocop:enable .*\n| +# rubocop:enable .*\n)*)\Z",
        r"\n\1  def one_more\n\1    1\n\1  end\n\1end\n\2",
        text,
    )


def _other_quotes(text: str) -> str:
    return re.sub(r"'([^'\"\\#\n]*)'", r'"\1"', text)


@pytest.mark.parametrize(
    "change",
    [
        _double,
        _commented,
        _with_a_method,
        _other_quotes,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: f"\ufeff{text}",
    ],
    ids=["indentation", "comments", "method", "quotes", "crlf", "bom"],
)
def test_what_people_lay_out_differently_stays_green(
    fresh: Fresh, change: Callable[[str], str], request: pytest.FixtureRequest
) -> None:
    texts = [
        (operation.path, text, change(text)) for operation, text in created(fresh) if operation.path.endswith(".rb")
    ]
    changed = [(path, other) for path, text, other in texts if other != text]
    assert len(changed) > 8
    for path, other in some(changed, 2, request.node.name):
        assert fresh.red_with(path, other.encode()) == set(), path


def test_reordered_statements_stay_green(fresh: Fresh) -> None:
    for operation, text in created(fresh):
        if operation.path.endswith(("_registry.rb", "_state.rb")) and "/models/" in operation.path:
            lines = text.split("\n")
            at = next(number for number, line in enumerate(lines) if line.startswith("    include"))
            last = next(number for number, line in enumerate(lines) if line.startswith("    belongs_to"))
            lines[at], lines[last] = lines[last], lines[at]
            assert fresh.red_with(operation.path, "\n".join(lines).encode()) == set()


@pytest.mark.parametrize("edition", CHECKOUTS)
def test_released_is_green_in_the_release_phase_too(tmp_path: Path, edition: str) -> None:
    from geo_scaffold.answers import Answers
    from geo_scaffold.phases import Phase
    from geo_scaffold.verbs.new import Selection
    from geo_scaffold.verbs.plan import write
    from geo_scaffold.verbs.release import plan_release

    fresh = Fresh(tmp_path / "gitlab", "blob", edition)
    before = {item.id: item.state for item in fresh.report.types[0].items if item.phase is Phase.RELEASE}
    assert set(before.values()) == {State.PENDING}
    answers = Answers(model="CoolWidget").in_phases(
        ["release"], milestone="16.4", merge_request="https://gitlab.com/g/p/-/merge_requests/2"
    )
    write(plan_release(answers, fresh.root, now="20240101000000", selection=Selection()))
    report = fresh.check().types[0]
    assert report.is_released
    after = {item.id: item.state for item in report.items if item.phase is Phase.RELEASE}
    assert set(after.values()) == {State.DONE, State.CONFIRM}
    assert fresh.red() == set()
    for step in fresh.plan.steps:
        if step.operation.id == "graphql-field":
            field = fresh.root / step.operation.path
            released = field.read_text()
            before_field, at, rest = released.partition("field :cool_widget_registries")
            for option in ("milestone: '16.3'", "milestone: '1.0'"):  # as it was, and another one
                name = "alpha" if edition == "16" else "experiment"
                head, _, tail = rest.partition(",\n")
                field.write_text(f"{before_field}{at}{head},\n          {name}: {{ {option} }},\n{tail}")
                found = {item.id: item for item in fresh.check().types[0].items}["release-graphql"]
                assert (found.state, found.message) == (State.MISSING, f"still has the option `{name}`")
                assert f" {name}: {{" in field.read_text().splitlines()[(found.line or 0) - 1]
            field.write_text(released)
    [flag] = fresh.root.glob("ee/config/feature_flags/*/geo_cool_widget_replication.yml")
    flag.write_text(flag.read_text().replace("default_enabled: true", "default_enabled: false"))
    states = {item.id: item.state for item in fresh.check().types[0].items if item.phase is Phase.RELEASE}
    assert states["release-flag"] is State.PENDING
    judged = check(Request(models=("CoolWidget",), phase=Phase.RELEASE), fresh.root).types[0]
    assert {item.id for item in judged.items if item.state in RED} == {"release-flag"}


@pytest.mark.parametrize(("edition", "kind"), CASES)
def test_without_its_receipt_a_type_is_found_and_green(tmp_path: Path, edition: str, kind: str) -> None:
    fresh = Fresh(tmp_path / "gitlab", kind, edition)
    shutil.rmtree(fresh.root / ".geo-scaffold")
    report = check(Request(models=("CoolWidget",)), fresh.root).types[0]
    assert (report.kind, report.name) == (kind, "cool_widget")
    assert [(item.id, item.message) for item in report.items if item.state in RED] == []
    automatic = {step.operation.id for step in fresh.plan.steps}
    assert {item.id for item in report.items if item.state is State.DONE} >= automatic


@pytest.mark.parametrize(("edition", "kind"), CASES)
def test_a_table_made_by_hand_that_lacks_a_part(tmp_path: Path, edition: str, kind: str) -> None:
    fresh = Fresh(tmp_path / "gitlab", kind, edition)
    shutil.rmtree(fresh.root / ".geo-scaffold")
    count = 0
    for operation, editor, text in entries(fresh):
        if not operation.path.endswith(".sql"):
            continue
        body = editor.lines.partition(";")[0]
        columns = re.findall(r"^    (?!id |missing_on_primary |CONSTRAINT )\w+ .*\n", body, re.MULTILINE)
        indexes = re.findall(r"CREATE INDEX .*;\n", editor.lines)
        key = re.findall(r"ADD CONSTRAINT \w+ PRIMARY KEY", editor.lines)
        assert len(columns) > 6
        before, table, after = text.partition(re.findall(r"CREATE TABLE \w+ \(", editor.lines)[0])
        pieces = [*columns, *indexes, *key]
        count += len(pieces)
        for piece in some(pieces, 4):
            if "(cool_widget_id" in piece or "(verification_state) WHERE ((verification_state" in piece:
                continue  # another index, without a condition, leads to the same rows
            assert piece in after
            file = fresh.root / operation.path
            other = after.replace(piece, "" if piece not in key else "ADD CONSTRAINT one UNIQUE", 1)
            file.write_text(f"{before}{table}{other}")
            report = fresh.check().types[0]
            file.write_text(text)
            red = [item for item in report.items if item.state in RED]
            assert len(red) == 1, piece
            item = red[0]
            assert (item.id, item.state) == (operation.id, State.DIFFERS), piece
            assert item.message.startswith("lacks ")
            assert re.search(r"^Create \S+migrate/YYYYMMDDHHMMSS_\w+\.rb:$", item.remedy, re.MULTILINE)
            assert "CREATE TABLE" in text.splitlines()[(item.line or 0) - 1]
    assert count > 25
