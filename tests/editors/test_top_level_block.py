"""A list below a key of the top level of a YAML file."""

import pytest

from geo_scaffold.editors.yaml.block import TopLevelBlock
from geo_scaffold.errors import LocatorError

BLOCK = TopLevelBlock(("m:", "  - table: projects", "    column: project_id"))
ITEM = "  - table: projects\n    column: project_id\n"
OTHER = "  - table: users\n    column: user_id\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"---\na:\n{OTHER}z:\n{OTHER}", f"---\na:\n{OTHER}m:\n{ITEM}z:\n{OTHER}"),
        (f"---\nz:\n{OTHER}", f"---\nm:\n{ITEM}z:\n{OTHER}"),
        (f"a:\n{OTHER}", f"a:\n{OTHER}m:\n{ITEM}"),
        (f"a:\n{OTHER}"[:-1], f"a:\n{OTHER}m:\n{ITEM}"[:-1]),
        (f"a:\n{OTHER}# of z\nz:\n{OTHER}", f"a:\n{OTHER}m:\n{ITEM}# of z\nz:\n{OTHER}"),
        (f"a:\n{OTHER}m:\n{OTHER}z:\n{OTHER}", f"a:\n{OTHER}m:\n{OTHER}{ITEM}z:\n{OTHER}"),
        (
            "a:\n- table: users\n  column: user_id\n",
            "a:\n- table: users\n  column: user_id\nm:\n- table: projects\n  column: project_id\n",
        ),
        (f"a:\r\n{OTHER}".replace("\n", "\r\n").replace("\r\r", "\r"), None),
    ],
)
def test_it_goes_where_it_sorts_and_comes_out_as_it_went_in(before: str, after: str | None) -> None:
    assert not BLOCK.contains(before)
    with_it = BLOCK.insert(before)
    assert with_it == after or after is None
    assert BLOCK.contains(with_it)
    assert BLOCK.insert(with_it) == with_it
    assert BLOCK.remove(with_it) == before
    assert BLOCK.remove(before) == before
    assert ("\r\n" in with_it) == ("\r\n" in before)


def test_it_is_there_in_another_spelling() -> None:
    assert BLOCK.contains("m: # states\n  - column: 'project_id'\n    table: projects # of it\n")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "m:\n  - a: b\nm:\n  - a: c\n"])
def test_a_file_without_its_place_is_reported(text: str) -> None:
    with pytest.raises(LocatorError):
        BLOCK.insert(text)
