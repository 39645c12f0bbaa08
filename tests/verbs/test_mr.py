"""`mr`: what the merge request of a phase says, in small checkouts."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.answers import Answers
from geo_scaffold.cli.formats.markdown import task_list
from geo_scaffold.edition import available_editions
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import Request, State, check
from geo_scaffold.verbs.mr import describe, message_for, work_on
from geo_scaffold.verbs.mr.message import Message, mistakes_in, mistakes_in_subject
from geo_scaffold.verbs.mr.shape import TEMPLATE, in_shape
from geo_scaffold.verbs.new import Selection
from geo_scaffold.verbs.plan import write
from geo_scaffold.verbs.release import plan_release

from .conftest import NOW, decide_sharding, make_checkout, new, picture

SHAPE: Final = """Thank you!

## What does this MR do and why?

<!-- say it -->
%{first_multiline_commit}

## Related links

## Security

Nothing yet: %{all_commits}

## Screenshots

| Before | After |
| ------ | ----- |

## How to set up and validate locally

%{unheard_of}

## MR acceptance checklist

Ask [the list](https://docs.gitlab.com/development/code_review/).

/assign me
/label ~"needs a look"
"""
"""A template of merge requests, of an invented project."""
SECTIONS: Final = ("What does this MR do", "References", "Database", "set up and validate", "Geo checklist")
URL: Final = "https://gitlab.com/gitlab-org/gitlab/-"


def generated(root: Path, edition: str = "18", *, model: str = "CoolWidget", **answers: Any) -> Path:
    checkout = make_checkout(root / "gitlab", {**CHECKOUTS[edition], TEMPLATE: SHAPE})
    given = {"milestone": f"{edition}.3", "owner": "project", **answers}
    new(checkout, model=model, merge_request="!12", feature_issue="#3", rollout_issue="#4", **given)
    return checkout


def described(root: Path, phase: str, model: str = "CoolWidget") -> str:
    work = work_on(model, Phase(phase), root)
    return describe(work, message_for(work), checklist=checklist(root, phase, model), branch="widget").text


def checklist(root: Path, phase: str, model: str = "CoolWidget", *, ticks: str | None = None) -> str:
    (found,) = check(Request(models=(model,), phase=Phase(phase), ticks=ticks), root).types
    return task_list([item for item in found.items if item.phase == phase], found.name)


@pytest.mark.parametrize(
    ("edition", "kind"), [("16", "repository"), ("16", "blob"), ("18", "repository"), ("18", "blob")]
)
def test_the_descriptions(tmp_path: Path, edition: str, kind: str, snapshot: Any) -> None:
    root = generated(tmp_path, edition, kind=kind)
    before = picture(root)
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots" / f"descriptions-{edition}-{kind}"
    for phase in Phase:
        snapshot.assert_match(described(root, phase), f"{phase}.md")
    assert picture(root) == before


@pytest.mark.parametrize("owner", ["project", "group", "organization", "user", "none", ("project", "organization")])
def test_the_queries_are_those_of_the_owner(tmp_path: Path, owner: Any, snapshot: Any) -> None:
    text = described(generated(tmp_path, kind="blob", owner=owner), "implementation")
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots" / "queries"
    name = owner if isinstance(owner, str) else "-".join(owner)
    snapshot.assert_match("".join(text.partition("<details><summary>Queries")[1:]).partition("\n## ")[0], f"{name}.md")


def test_without_an_owner_the_scope_is_reported_as_open(tmp_path: Path) -> None:
    text = described(generated(tmp_path, kind="blob", owner=None), "implementation")
    assert "The owner of the records is unknown" in text
    assert "#### `available_replicables`" in text


@pytest.mark.parametrize("edition", available_editions())
def test_all_of_it_is_there_without_a_template(tmp_path: Path, edition: str) -> None:
    root = generated(tmp_path, edition)
    (root / TEMPLATE).unlink()
    for phase in Phase:
        text = described(root, phase)
        headings = [line for line in text.splitlines() if line.startswith("## ")]
        assert [any(section in heading for heading in headings) for section in SECTIONS] == [True] * len(SECTIONS)
        assert "\n\n\n" not in text.replace("```plaintext\n\n```", "```")
        assert text.count("<details>") == text.count("</details>")


def test_it_has_the_shape_of_the_checkout(tmp_path: Path) -> None:
    text = described(generated(tmp_path), "implementation")
    assert text.startswith("Thank you!\n\n## What does this MR do and why?\n\nLets [Geo]")
    assert "%{" not in text
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "What does this MR do and why?",
        "Related links",
        "Security",
        "Screenshots",
        "Database",
        "How to set up and validate locally",
        "Geo checklist",
        "MR acceptance checklist",
    ]
    assert "Nothing yet: Replicate Cool Widgets with Geo behind a feature flag\n" in text
    assert "Ask [the list]" in text
    assert text.endswith('/milestone %"18.3"\n/label ~"needs a look"\n')
    assert text.count("/assign me") == 1


def test_it_refers_to_the_issues_and_to_what_came_before(tmp_path: Path) -> None:
    root = generated(tmp_path)
    new(root, merge_request="!99", answered_for=["schema"])
    assert f"- Issue: {URL}/issues/3\n" in described(root, "schema")
    assert "merge_requests/" not in described(root, "schema").partition("## Related")[2].partition("\n## ")[0]
    text = described(root, "release")
    assert f"Tables, in an earlier merge request: {URL}/merge_requests/99\n" in text
    assert f"Implementation, in an earlier merge request: {URL}/merge_requests/12\n" in text
    # One merge request for both: the later phase has no later one, and the release names it once.
    new(root, merge_request="!12", answered_for=["schema"])
    assert "earlier merge request" not in described(root, "implementation")
    assert described(root, "release").count(f"Tables and implementation, in an earlier merge request: {URL}") == 1


def test_what_nobody_gave_is_reported(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "gitlab", CHECKOUTS["18"])
    new(checkout, owner="project")
    notes = "\n".join(work_on("CoolWidget", Phase.IMPLEMENTATION, checkout).notes)
    assert "`geo-scaffold new CoolWidget --feature-issue URL`" in notes
    assert "`geo-scaffold new CoolWidget --phase schema --mr URL`" in notes


def test_a_type_that_people_made_refers_to_what_its_files_say(tmp_path: Path) -> None:
    root = generated(tmp_path)
    (root / ".geo-scaffold/cool_widget.json").unlink()
    text = described(root, "release")
    assert f"- Issue: {URL}/issues/3\n- Rollout issue of the feature flag: {URL}/issues/4\n" in text
    assert f"Tables and implementation, in an earlier merge request: {URL}/merge_requests/12\n" in text
    assert '/milestone %"18.9"' in text  # of the checkout: the flag's, 18.3, is when it came
    flag = root / "ee/config/feature_flags/ops/geo_cool_widget_replication.yml"
    flag.write_text(flag.read_text().replace(f"{URL}/merge_requests/12", f"{URL}/merge_requests/12\x1b[31m"))
    assert "\x1b" not in described(root, "release")


def test_it_says_what_was_edited_by_hand(tmp_path: Path) -> None:
    root = generated(tmp_path)
    assert "The change was generated with `geo-scaffold`, which follows GitLab's issue template.\n\n##" in described(
        root, "schema"
    )
    migration = "db/migrate/20230101000000_create_cool_widget_states.rb"
    (root / migration).write_text((root / migration).read_text() + "# mine\n")
    text = described(root, "schema")
    assert f" These new files were edited by hand since:\n\n- `{migration}`\n\n## Related" in text
    assert "edited by hand" not in described(root, "implementation")


def test_line_ends_and_the_release_are_no_edits_by_hand(tmp_path: Path) -> None:
    root = generated(tmp_path)
    write(plan_release(Answers("CoolWidget"), root, now=NOW, selection=Selection()), durable=False)
    for path in (root / "ee/app").rglob("*cool_widget*.rb"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert "edited by hand" not in described(root, "implementation")


def test_its_ticks_come_back(tmp_path: Path) -> None:
    root = generated(tmp_path, kind="blob")
    decide_sharding(root)
    text = described(root, "implementation")
    ticked = text.replace("- [ ] `cool_widget:batch-destroy`", "- [x] `cool_widget:batch-destroy`")
    assert ticked != text

    def states(description: str) -> dict[str, State]:
        (found,) = check(Request(models=("CoolWidget",), phase=Phase.IMPLEMENTATION, ticks=description), root).types
        return {item.id: item.state for item in found.items}

    assert states(text)["batch-destroy"] is State.CONFIRM
    assert states(ticked) == {**states(text), "batch-destroy": State.CONFIRMED}
    # A box that a program ticked means nothing once the file is deleted.
    (root / "ee/app/finders/geo/cool_widget_registry_finder.rb").unlink()
    assert states(ticked)["finder"] is State.MISSING


def test_a_type_without_a_receipt_and_a_folder_of_its_own_have_one(tmp_path: Path) -> None:
    root = generated(tmp_path)
    (root / ".geo-scaffold/cool_widget.json").unlink()
    assert "| `main` | 20230101000000 |" in described(root, "schema")
    new(tmp_path, model="Gear::Wheel", owner="group")
    text = described(tmp_path, "schema", "Gear::Wheel")
    assert "`gear_wheel_registry`" in text


NAMES: Final = (
    "A",
    "Packages::Debian::ProjectComponentFile",
    "Aaaaaaaaa::Bbbbbbbbbb::Cccccccccc::Dddddddddd::Eeeeeeeeee",
)


@pytest.mark.parametrize("model", NAMES)
@pytest.mark.parametrize("title", [None, "Odd &1 (v2.0)", "2 Things.", "T" * 90])
def test_the_message_is_one_that_gitlab_accepts(tmp_path: Path, model: str, title: str | None) -> None:
    new(tmp_path, model=model, owner="project", title=title, title_plural=title and f"{title} s.", feature_issue="#1")
    for phase in Phase:
        message = message_for(work_on(model, phase, tmp_path))
        assert list(mistakes_in(message)) == []
        assert "Related to https://gitlab.com/gitlab-org/gitlab/-/issues/1" in message.body


def test_the_trailers_are_those_of_the_changelog(tmp_path: Path) -> None:
    root = generated(tmp_path)
    assert {phase.value: message_for(work_on("CoolWidget", phase, root)).trailers for phase in Phase} == {
        "schema": ("Changelog: added",),
        "implementation": (),
        "release": ("Changelog: added", "EE: true"),
    }
    whole = message_for(work_on("CoolWidget", Phase.RELEASE, root)).text()
    assert whole.endswith("\n\nChangelog: added\nEE: true\n")


@pytest.mark.parametrize(
    ("subject", "mistake"),
    [
        ("Add tables of Geo " + "x" * 60, "longer than 72"),
        ("Add tables", "fewer than 3 words"),
        ("add tables of Geo", "capital letter"),
        ("geo: add tables of it", "capital letter"),
        ("Add tables of Geo.", "period"),
        ("Add tables of #12 now", "short reference"),
        ("Add tables :tada: now", "emoji"),
        ("Add tables \U0001f680 now", "emoji"),
    ],
)
def test_what_gitlab_does_not_accept_of_a_subject(subject: str, mistake: str) -> None:
    (said,) = mistakes_in_subject(subject)
    assert mistake in said
    assert list(mistakes_in(Message("Add tables of Geo", subject + " " + "y" * 72)))


def test_prefixes_are_accepted() -> None:
    assert not list(mistakes_in_subject("geo: Add tables of it"))
    assert not list(mistakes_in_subject("[API] Add tables of it"))


OURS: Final = (
    "## What does this MR do and why?\n\nThis.\n\n## References\n\n## MR acceptance checklist\n\nOurs.\n\n/assign me\n"
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("", "## What does this MR do and why?\n\nThis."),
        ("<!--\n## What does this MR do\n-->\n\n/merge", "<!--\n## What does this MR do\n-->\n\n## What does"),
        ("```\n## References\n/close", "```\n## References\n/close\n```\n\n## What does this"),
        ("<!-- never closed\n\n/close", "<!-- never closed\n\n/close\n-->\n\n## What does this"),
        ("%%{a}{b}", "%&#123;b}\n\n## What does this"),
        ("a\r\n\r\n## What does this MR do\r\nx\r\n", "a\n\n## What does this MR do\n\nThis."),
    ],
)
def test_what_a_template_leaves_open_swallows_nothing(template: str, expected: str) -> None:
    shaped = in_shape(OURS, template, {})
    assert shaped.text.startswith(expected)
    assert shaped.text.count("\nThis.\n") == 1
    assert shaped.text.endswith("\n\n/assign me\n")


def test_a_template_commands_nothing() -> None:
    shaped = in_shape(OURS, "/merge\n /approve\n/label ~a\n/usr/bin is a path\n/assign me\n", {})
    assert shaped.left_out == ("/merge", "/approve")
    assert "/merge" not in shaped.text
    assert "/usr/bin is a path" in shaped.text
    assert shaped.text.endswith("\n/assign me\n/label ~a\n")


def test_nothing_of_a_checkout_steers_a_terminal(tmp_path: Path) -> None:
    root = generated(tmp_path)
    (root / TEMPLATE).write_text("a\x1b]0;x\x07\u202e\n\n## Other\n")
    assert described(root, "schema").startswith("a\\x1b]0;x\\x07\\u202e\n\n## What")
