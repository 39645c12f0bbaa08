"""Edition 16 against the issue template, block by block, with the declared deviations and no other."""

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from geo_scaffold.edition import Renderer, templates_root
from geo_scaffold.inflector import Inflector
from geo_scaffold.names import build_names

EDITION = templates_root() / "gitlab-16"
BLOCKS: list[dict[str, Any]] = tomllib.loads((EDITION / "deviations.toml").read_text())["block"]
GIVEN = {
    "merge_request": "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/XXXXX",
    "milestone": "XX.Y",
    "group": "group::geo",
    "owner": None,
    "factory_exists": False,
}
VALUES = {**build_names("CoolWidget", inflector=Inflector.gitlab()), **GIVEN, "kind": "repository"}


def fenced_block(lines: list[str], fence: int) -> str:
    """Return the content of the block whose opening fence stands on a line, without the indentation of its list."""
    opening = lines[fence - 1]
    assert opening.lstrip().startswith("```"), f"line {fence} opens no block"
    indentation = len(opening) - len(opening.lstrip())
    end = next(number for number in range(fence, len(lines)) if lines[number].strip() == "```")
    return "".join(line[indentation:] + "\n" if line.strip() else "\n" for line in lines[fence:end])


def without_indentation(text: str) -> str:
    return "".join(line.lstrip(" ") for line in text.splitlines(keepends=True))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block['line']}")
def test_a_block_of_the_issue_template(block: dict[str, Any]) -> None:
    named = os.environ.get("GEO_SCAFFOLD_TEMPLATE")
    if not named:
        pytest.skip("GEO_SCAFFOLD_TEMPLATE names no issue template")
    if block.get("compare") == "nothing":
        assert block["why"]
        return
    expected = fenced_block(Path(named).read_text().splitlines(), block["line"])
    rendered = Renderer("16").render(block["template"], VALUES)
    if block.get("compare") == "without indentation":
        expected, rendered = without_indentation(expected), without_indentation(rendered)
    for deviation in block.get("deviation", []):
        assert expected.count(deviation["old"]) == deviation.get("times", 1), "the deviation is out of date"
        assert deviation["why"]
        expected = expected.replace(deviation["old"], deviation["new"])
    assert rendered == expected


def test_every_template_is_compared() -> None:
    templates = {str(path.relative_to(EDITION)) for path in EDITION.rglob("*.j2")}
    assert templates == {block["template"] for block in BLOCKS}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block['line']}")
@pytest.mark.parametrize("kind", ["repository", "blob"])
def test_another_model_leaves_nothing_of_the_example(block: dict[str, Any], kind: str) -> None:
    names = build_names("Packages::Cargo::Crate", inflector=Inflector.gitlab(), factory="cargo_crate")
    text = Renderer("16").render(block["template"], {**names, **GIVEN, "kind": kind})
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
