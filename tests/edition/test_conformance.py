"""Edition 16 against the issue template, block by block, with the declared deviations and no other."""

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from geo_scaffold.answers import Answers
from geo_scaffold.edition import Renderer, context_for, load_manifest, templates_root
from geo_scaffold.kinds import KINDS
from geo_scaffold.names import build_names
from geo_scaffold.names.inflector import Inflector

EDITION = templates_root() / "gitlab-16"
BLOCKS: list[dict[str, Any]] = tomllib.loads((EDITION / "deviations.toml").read_text())["block"]
GIVEN = {
    "merge_request": "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/XXXXX",
    "milestone": "XX.Y",
    "feature_issue": "",
    "rollout_issue": "",
    "group": "group::geo",
    "owner": None,
    "owners": (),
    "primary_key": "id",
    "factory_exists": False,
    "has_uploader": False,
    "mounted": "file",
    "store_column": "file_store",
    "owner_argument": "",
    "owner_method": "",
}
CREATED = [block for block in BLOCKS if block.get("template", "").startswith("create/")]
VALUES = {**build_names("CoolWidget", inflector=Inflector.gitlab()), **GIVEN, **KINDS["repository"].values()}


def fenced_block(lines: list[str], fence: int) -> str:
    """Return the content of the block whose opening fence is on a line, without the indentation of its list."""
    opening = lines[fence - 1]
    assert opening.lstrip().startswith("```"), f"line {fence} opens no block"
    indentation = len(opening) - len(opening.lstrip())
    end = next(number for number in range(fence, len(lines)) if lines[number].strip() == "```")
    return "".join(line[indentation:] + "\n" if line.strip() else "\n" for line in lines[fence:end])


def opening_fences(lines: list[str]) -> list[int]:
    """Return the line numbers of the fences that open a block: every other one."""
    return [number for number, line in enumerate(lines, 1) if line.lstrip().startswith("```")][::2]


def issue_template() -> list[str]:
    named = os.environ.get("GEO_SCAFFOLD_TEMPLATE")
    if not named:
        pytest.skip("GEO_SCAFFOLD_TEMPLATE names no issue template")
    return Path(named).read_text(encoding="utf-8").splitlines()


def what_we_have(block: dict[str, Any]) -> str:
    """Return the text that is ours for a block: a rendered template, or a command of the manifest."""
    if "template" in block:
        return Renderer("16").render(block["template"], VALUES)
    artifact = next(artifact for artifact in load_manifest("16") if artifact.id == block["artifact"])
    return artifact.commands[block["box"]] + "\n"


def without_indentation(text: str) -> str:
    return "".join(line.lstrip(" ") for line in text.splitlines(keepends=True))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block['line']}")
def test_a_block_of_the_issue_template(block: dict[str, Any]) -> None:
    lines = issue_template()
    if block.get("compare") == "nothing":
        assert block["why"]
        return
    expected = fenced_block(lines, block["line"])
    rendered = what_we_have(block)
    if block.get("compare") == "without indentation":
        expected, rendered = without_indentation(expected), without_indentation(rendered)
    for deviation in block.get("deviation", []):
        assert expected.count(deviation["old"]) == deviation.get("times", 1), "the deviation is out of date"
        assert deviation["why"]
        expected = expected.replace(deviation["old"], deviation["new"])
    assert rendered == expected


def test_every_block_of_the_issue_template_is_accounted_for() -> None:
    fences = opening_fences(issue_template())
    assert len(fences) == 34
    assert sorted(block["line"] for block in BLOCKS) == fences


def test_every_created_file_is_compared_and_no_template_is_twice() -> None:
    created = {str(path.relative_to(EDITION)) for path in (EDITION / "create").iterdir()}
    assert created == {block["template"] for block in CREATED}
    named = [block["template"] for block in BLOCKS if "template" in block]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("block", CREATED, ids=lambda block: f"line {block['line']}")
@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_another_model_leaves_nothing_of_the_example(block: dict[str, Any], kind: str) -> None:
    names = build_names("Packages::Cargo::Crate", inflector=Inflector.gitlab(), factory="cargo_crate")
    text = Renderer("16").render(block["template"], {**names, **GIVEN, **KINDS[kind].values()})
    assert "cool" not in text.lower()
    if block["template"].endswith(".rb.j2"):
        assert text.startswith("# frozen_string_literal: true\n")
        assert text.endswith("\nend\n")
    else:
        document = YAML(typ="safe").load(text)
        assert text.startswith("---\n")
        assert all(
            isinstance(value, str | list | bool) or key == "rollout_issue_url" for key, value in document.items()
        )
        assert document["milestone"] == "XX.Y"


def test_the_numbers_that_readme_promises() -> None:
    """The only numbers that are written by hand: those of the issue template, which does not change any more."""
    artifacts = load_manifest("16")
    assert [box for artifact in artifacts for box in artifact.boxes] == list(range(1, 65))
    answers = Answers("CoolWidget", kind="blob", timestamp="20230101000000")
    context = context_for(answers, answers.names(Inflector.gitlab()))
    for kind in ("repository", "blob"):
        whole = [
            path
            for artifact in artifacts
            if artifact.asked_of(kind)
            for target in artifact.targets
            for path in [artifact.fill(target.path, context)]
            if target.whole
        ]
        assert len(set(whole)) == 23
