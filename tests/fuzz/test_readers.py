"""No text that others bring makes a reader fail with anything but an error of ours; `fuzz.py` looks for such texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .readers import READERS


@pytest.mark.parametrize("name", READERS)
def test_what_it_reads_cut_anywhere(name: str) -> None:
    for seed in READERS[name].seeds:
        for at in range(0, len(seed), 3):
            READERS[name].read(seed[:at])
            READERS[name].read(seed[at:])


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=25)
@given(data=st.data())
def test_what_it_reads_with_something_else_in_it(name: str, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(READERS[name].seeds))
    at, other = data.draw(st.integers(0, len(seed))), data.draw(st.binary(max_size=20))
    READERS[name].read(seed[:at] + other + seed[at:])
