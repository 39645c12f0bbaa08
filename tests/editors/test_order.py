from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors.order import AscendingRun, Placed
from geo_scaffold.errors import LocatorError


@given(st.lists(st.integers(0, 9), max_size=9))
def test_no_ascending_run_is_longer(keys: list[int]) -> None:
    run = [keys[position] for position in AscendingRun(keys).positions]
    assert run == sorted(run)
    longer = (list(combination) for combination in combinations(keys, len(run) + 1))
    assert all(each != sorted(each) for each in longer)


@given(st.lists(st.integers(0, 99), unique=True), st.integers(0, 99))
def test_a_sorted_list_stays_sorted(keys: list[int], key: int) -> None:
    keys = sorted(set(keys) - {key})
    place = AscendingRun(keys).place(key)
    assert [*keys[:place], key, *keys[place:]] == sorted([*keys, key])


@pytest.mark.parametrize(
    ("keys", "key", "place"),
    [
        ("", "m", 0),
        ("abz", "m", 2),
        ("zabcn", "m", 4),
        ("abxcn", "m", 4),
        ("acbn", "m", 3),
        ("bcan", "c", 3),
        ("abzyc", "m", 5),
        ("zbcd", "a", 1),
        ("aazz", "a", 2),
    ],
)
def test_what_is_out_of_order_does_not_mislead(keys: str, key: str, place: int) -> None:
    assert AscendingRun(list(keys)).place(key) == place


def test_places() -> None:
    there = ["b", "d", "f"]
    assert Placed(order="sorted").places(there, ["e", "a", "b", "c"]) == [(0, ["a"]), (1, ["c"]), (2, ["e"])]
    assert Placed(order="block").places(there, ["e", "a", "b", "c"]) == [(2, ["e", "a", "c"])]
    assert Placed(order="end").places(there, ["e", "a"]) == [(3, ["e", "a"])]
    assert Placed(order="sorted", after="b").places(there, ["e", "a"]) == [(1, ["e", "a"])]
    assert Placed(order="sorted", after="none").places(there, ["b"]) == []
    with pytest.raises(LocatorError):
        Placed(order="end", after="none").places(there, ["e"])
