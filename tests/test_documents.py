"""`docs/`, README, CONTRIBUTING: what the program writes is fresh, examples are true, links lead somewhere."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from documents import DOCS, PAGES, Example, examples_of
from geo_runtime.kinds.blob.kind import BLOB
from geo_runtime.kinds.repository.kind import REPOSITORY
from geo_runtime.workers import cron_jobs
from geo_scaffold.edition.editing import KINDS, ManifestEditor
from geo_scaffold.edition.schema import mistakes_in_entries
from runtime.conformance import POINTS, covered

ROOT = DOCS.parent
TEXTS = [*sorted(DOCS.glob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md"))]
EXAMPLES = [
    (kind, example) for kind, row in KINDS.items() for _, example in examples_of(row) if example.spec["kind"] == kind
]


@pytest.mark.parametrize("page", PAGES)
def test_what_is_written_from_the_program_is_fresh(page: str) -> None:
    written = (DOCS / page).read_text(encoding="utf-8")
    assert written == PAGES[page](), f"docs/{page} is stale: python tests/documents.py"


def test_every_editor_has_an_example_but_those_that_copy_a_neighbour() -> None:
    without = set(KINDS) - {kind for kind, _ in EXAMPLES}
    assert all(KINDS[kind].of_neighbours for kind in without), without


def entry_with(editor: Mapping[str, Any]) -> dict[str, Any]:
    """Return an artifact as in a manifest, with one entry of this editor."""
    place = {"path": "a", "template": "ensure/a.j2", "place": "here", "editor": editor}
    given = {"id": "a", "phase": "schema", "step": "metrics", "level": "doc", "op": "ensure"}
    return {**given, "targets": [place], "boxes": {"1": "Do it."}}


def test_the_manifest_of_the_guide_is_one() -> None:
    text = (DOCS / "add-an-artifact.md").read_text().partition("```toml\n")[2].partition("```")[0]
    entries = tomllib.loads(text)["artifact"]
    assert len(entries) == 2
    assert [*mistakes_in_entries(entries, ["metrics"], is_base=False)] == []


@pytest.mark.parametrize(("kind", "example"), EXAMPLES, ids=[kind for kind, _ in EXAMPLES])
def test_the_examples_of_editors_are_true(kind: str, example: Example) -> None:
    assert [*mistakes_in_entries([entry_with(example.spec)], ["metrics"], is_base=True)] == []
    editor = ManifestEditor(example.spec, example.lines, {})
    assert not editor.contains(example.before)
    assert editor.insert(example.before) == example.after
    assert editor.contains(example.after)
    assert editor.knowing(editor.to_remember(example.before)).remove(example.after) == example.before


def test_the_specification_has_every_point_once_with_its_place() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \|$", (DOCS / "runtime-specification.md").read_text(), re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == [*POINTS]
    assert all(re.search(r"`[\w./*-]+`|all of the above|as above", where) for _, _, where in rows)


def test_every_point_that_a_test_cites_is_one() -> None:
    cited = covered()
    assert cited
    assert set(cited) <= set(POINTS)


def test_what_runs_by_the_clock_is_reported() -> None:
    """A job that is added to a site's clock has to say what it costs a site of 10^9 records."""
    kinds = (BLOB, REPOSITORY)
    roles = ({"is_primary": lambda: True}, {"is_primary": lambda: False, "is_secondary": lambda: True})
    clocks = [cron_jobs(cast("Any", SimpleNamespace(kinds=kinds, **role))) for role in roles]
    page = (DOCS / "scale.md").read_text()
    table = "".join(line for line in page.splitlines() if line.startswith("| `"))
    assert all(clocks)
    assert [name for clock in clocks for name in clock if f"`{name}`" not in table] == []


def anchors_of(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitLab and MkDocs make them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", without_code(path.read_text(encoding="utf-8")), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", plain).strip()))
    return found


def without_code(text: str) -> str:
    return re.sub(r"^(````?)[^`\n]*\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", without_code(path.read_text(encoding="utf-8")))
    for link in links:
        if re.match(r"https?://", link):
            continue
        target, _, anchor = link.partition("#")
        there = (path.parent / target).resolve() if target else path
        assert there.exists(), link
        if anchor:
            assert anchor in anchors_of(there), link


def test_the_site_has_every_page() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text().partition("\nnav:\n")[2]
    assert sorted(re.findall(r"[\w-]+\.md", navigation)) == sorted(path.name for path in DOCS.glob("*.md"))
