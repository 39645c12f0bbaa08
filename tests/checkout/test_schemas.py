"""Whether tables of a schema need a sharding key."""

from pathlib import Path

import pytest

from geo_scaffold.checkout.schemas import requires_key
from geo_scaffold.checkout.sources import Sources
from geo_scaffold.tree import Tree


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("name: x\nrequire_sharding_key: true\n", True),
        ("require_sharding_key: false\n", False),
        ("# require_sharding_key: false\n", None),
        ("description: of\n  require_sharding_key: false\n", None),
    ],
)
@pytest.mark.parametrize("ending", ["yaml", "yml"])
def test_what_a_schema_says(ending: str, text: str, needed: bool | None, tmp_path: Path) -> None:
    (tmp_path / "db/gitlab_schemas").mkdir(parents=True)
    (tmp_path / f"db/gitlab_schemas/gitlab_x.{ending}").write_text(text)
    sources = Sources(Tree(tmp_path), "")
    assert requires_key("gitlab_x", sources) is needed
    assert requires_key("gitlab_y", sources) is None
