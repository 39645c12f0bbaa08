"""What a checklist is divided into: each edition by its own sections, or by phases and steps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from editions import change, copied_templates
from geo_scaffold.answers import Answers
from geo_scaffold.cli.formats import markdown
from geo_scaffold.edition import arranged, available_editions, load_manifest, load_steps
from geo_scaffold.edition.sections import HEADINGS
from geo_scaffold.edition.sources import forget, sections_of
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Request, check
from geo_scaffold.verbs.new import plan_new
from geo_scaffold.verbs.plan import write

DIVIDED = [edition for edition in available_editions() if sections_of(edition)]
BY_STEPS = [edition for edition in available_editions() if not sections_of(edition)]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    with copied_templates(tmp_path / "templates") as root:
        yield root


def headings_and_ids(text: str) -> list[str]:
    """The headings of a checklist, and the ids of its tasks, each once."""
    found = [line if line.startswith("#") else line.split("`")[1] for line in text.splitlines() if _is_one(line)]
    return [each for at, each in enumerate(found) if each not in found[:at]]


def _is_one(line: str) -> bool:
    return line.startswith(("### ", "#### ")) or (line.lstrip().startswith(("- [", "- `")) and "`: " in line)


@pytest.mark.parametrize("edition", available_editions())
def test_every_artifact_has_one_place(edition: str) -> None:
    artifacts = load_manifest(edition)
    placed = [each.artifact for each in arranged(edition, artifacts)]
    assert sorted(artifact.id for artifact in placed) == sorted(artifact.id for artifact in artifacts)
    assert len({artifact.id for artifact in placed}) == len(placed)


@pytest.mark.parametrize("edition", BY_STEPS)
def test_without_sections_it_is_the_manifest_by_phases_and_steps(edition: str) -> None:
    artifacts, steps = load_manifest(edition), load_steps(edition)
    placed = arranged(edition, artifacts)
    assert [each.artifact for each in placed] == list(artifacts)
    for section, artifact in placed:
        title = "" if artifact.phase is Phase.RELEASE else steps[artifact.step]
        assert section == (HEADINGS[artifact.phase], title, artifact.phase.value.capitalize())


@pytest.mark.parametrize("edition", DIVIDED)
def test_what_a_section_names_comes_as_it_names_it(edition: str) -> None:
    placed = arranged(edition, load_manifest(edition))
    for section in sections_of(edition):
        name = section.get("title") or section["part"]
        own = [each.artifact.id for each in placed if each.section.name == name]
        assert [id_ for id_ in own if id_ in section["artifacts"]] == section["artifacts"]


@pytest.mark.parametrize("edition", DIVIDED)
@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_checklist_file_and_sections_agree(tmp_path: Path, edition: str, kind: str) -> None:
    made = plan_new(Answers("CoolWidget", kind=kind, gitlab=edition), tmp_path, now="20230101000000")
    text = (made.tree.read("CHECKLIST.md") or b"").decode()
    found = headings_and_ids(text)
    expected: list[str] = []
    for section, artifact in arranged(edition, load_manifest(edition)):
        if artifact.asked_of(kind) and not artifact.usually_not:
            titles = [f"### {section.part}", *([f"#### {section.title}"] if section.title else [])]
            expected += [title for title in (*titles, artifact.id) if title not in expected]
    assert [each for each in found if each in expected] == expected
    assert [each for each in found if each.startswith("#")] == [each for each in expected if each.startswith("#")]


@pytest.mark.parametrize("edition", available_editions())
def test_an_audit_has_the_same_order_and_headings(tmp_path: Path, edition: str) -> None:
    write(plan_new(Answers("CoolWidget", kind="blob", gitlab=edition), tmp_path, now="20230101000000"), durable=False)
    report = check(Request(models=("CoolWidget",)), tmp_path)
    [one] = report.types
    placed = arranged(edition, load_manifest(edition))
    assert [(item.id, item.heading) for item in one.items] == [(each.artifact.id, each.section.name) for each in placed]
    headings = list(dict.fromkeys(each.section.name for each in placed))
    text = markdown.render(report, strict=False, verbose=True)
    assert [line.removeprefix("### ") for line in text.splitlines() if line.startswith("### ")] == headings


def test_edition_19_follows_the_template_of_today() -> None:
    """Reference: section 9 of the facts of GitLab 19: generate, migrate, adjust, derive, remove; review; release."""
    order = [placed.artifact.id for placed in arranged("19", load_manifest("19"))]
    told = ["states-migration", "replicator-classes", "states-structure", "model", "prepend-mod", "selective-sync"]
    told += ["replicator", "model-factory", "model-spec", "repository-updated-event", "removal-events", "git-access"]
    told += ["registry-model", "feature-flag", "gettext", "usage-metrics", "graphql-reference", "introspection"]
    told += ["openapi", "batch-destroy", "batch-destroy-spec", "review-template-note", "review-query-plans"]
    told += ["rollout-issue", "release-flag", "release-graphql", "release-graphql-reference", "release-data-types"]
    told += ["release-limitations", "data-management-docs"]
    assert [id_ for id_ in order if id_ in told] == told


def test_an_artifact_that_no_section_names_stays_behind_the_one_before_it(root: Path) -> None:
    manifest = root / "gitlab-19/manifest.toml"
    anchor = '\n[[artifact]]\nid = "graphql-reference"\nop = "derive"\n'
    keys = 'phase = "implementation"\nlevel = "doc"\nop = "confirm"\nnote = "Think."\n'
    for id_, after, step in (("one-more", "prepend-mod", "replication"), ("another", "resolver", "graphql")):
        own = f'\n[[artifact]]\nid = "{id_}"\nafter = "{after}"\nstep = "{step}"\n{keys}'
        change(manifest, anchor, own + anchor)
    forget()
    load_manifest.cache_clear()
    order = [placed.artifact.id for placed in arranged("19", load_manifest("19"))]
    assert order.index("one-more") == order.index("prepend-mod") + 1
    # Before it, the manifest has this one last of those decisions.
    assert order.index("another") == order.index("model-factory-project") + 1
