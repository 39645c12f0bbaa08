"""The small checkouts: each edition has one of its version, with every file that it writes into."""

import pytest

from checkouts import CHECKOUTS
from checkouts.missing_files import missing_files
from geo_scaffold.edition import edition_for


def test_every_entry_has_its_file() -> None:
    assert not missing_files(), "\n".join(missing_files())


@pytest.mark.parametrize("edition", CHECKOUTS)
def test_a_tree_is_of_the_version_that_it_is_named_after(edition: str) -> None:
    assert edition_for(CHECKOUTS[edition]["VERSION"].strip()) == edition
