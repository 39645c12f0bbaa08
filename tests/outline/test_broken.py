"""What keeps a file from being read, and that nothing a file holds is more than that."""

import pytest

from geo_scaffold.outline import breakage_of

LONG = "9" * 10_000


@pytest.mark.parametrize("number", [LONG, f"-{LONG}", f"1.{LONG}", f"1e{LONG}"])
def test_a_number_may_have_any_number_of_digits(number: str) -> None:
    assert breakage_of(f'{{"a": [{number}]}}', "a.json") is None
    broken = breakage_of(f'{{\n"a": [{number}', "a.json")
    assert broken is not None
    assert broken.line == 2


def test_a_yaml_file_of_millions_of_characters_is_searched_for_markers_only() -> None:
    """To parse GitLab's OpenAPI documents would take minutes; a conflict in one is found all the same."""
    broken, lines = "a: [\n", "b: c\n" * 300_000
    assert breakage_of(broken, "few.yaml") is not None
    assert breakage_of(broken + lines, "many.yaml") is None
    conflict = breakage_of(lines + "<<<<<<< HEAD\n", "many.yaml")
    assert conflict is not None
    assert conflict.is_conflict
