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
