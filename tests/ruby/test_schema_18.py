"""Edition 18: the migrations go up, down and up, and leave exactly what is derived for `structure.sql`."""

import re
from typing import Any

import pytest

from geo_scaffold.names.identifiers import MAX_IDENTIFIER_BYTES

from .rendering import MIGRATED_CASES_18, Case

pytestmark = pytest.mark.ruby


@pytest.mark.parametrize("case", MIGRATED_CASES_18, ids=str)
def test_what_is_derived_is_what_postgresql_has(case: Case, outcomes_18: dict[Case, Any]) -> None:
    tree, outcome = outcomes_18[case]
    assert outcome.failed is None, outcome.message
    assert tree.parts["states-structure"] == outcome.dumps["main"]
    assert tree.parts["registry-structure"] == outcome.dumps["geo"]
    for structure, count in ((outcome.dumps["main"], 6 if case.kind == "blob" else 5), (outcome.dumps["geo"], 6)):
        indexes = re.findall(r"INDEX (\w+) ON", structure)
        assert len(set(indexes)) == count
        assert max(map(len, indexes)) <= MAX_IDENTIFIER_BYTES
