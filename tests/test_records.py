"""Records against the standard library's dataclasses: the same bodies, made by both, behave alike."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from itertools import product
from typing import Any

import pytest

from geo_scaffold import records

OPTIONS = [
    dict(zip(("frozen", "slots", "eq", "repr", "kw_only"), values, strict=True))
    for values in product((False, True), repeat=5)
]


def two_classes(by: Any, **options: bool) -> Any:
    """Return a class with each sort of field, and one that inherits from it and declares one of them again."""

    @by.dataclass(**options)
    class Base:
        """A base."""

        one: int
        two: str = by.field(compare=False)
        three: list[int] = by.field(default_factory=list, hash=False)

        def double(self) -> int:
            return self.one * 2

    @by.dataclass(**options)
    class Derived(Base):
        """A record of a record."""

        three: list[int] = by.field(default_factory=lambda: [3], repr=False, hash=False)
        four: "Nobody | None" = None  # type: ignore[name-defined]  # noqa: F821
        five: int = by.field(default=5, hash=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "five", self.five + 1)

    return Base, Derived


def outcome(action: Any) -> Any:
    try:
        return action()
    except Exception as error:
        return type(error).__name__


def shown(record: Any) -> list[Any]:
    return [repr(record).partition(" object at")[0], *(getattr(record, name) for name in ("two", "five"))]


def behaviour(by: Any, count: int, **options: bool) -> dict[str, Any]:
    """Return what two classes do that one of both ways made, after some records of them."""
    base, derived = two_classes(by, **options)
    for number in range(count):
        assert (base(one=number, two="a").one, derived(one=number, two="a").five) == (number, 6)
    one, same, other = (derived(one=each, two=f"{each}{n}") for n, each in enumerate((1, 1, 2)))

    def set_one() -> int:
        one.one = 7
        return int(one.one)

    def delete_one() -> bool:
        del one.one
        return hasattr(one, "one")

    return {
        "repr": [repr(each).partition(" object at")[0] for each in (one, base(one=1, two="a"))],
        "equal": [one == same, one == other, one != same, one == base(one=1, two="a"), one == 1],
        "hash": [outcome(lambda: hash(one) == hash(same)), outcome(lambda: hash(one) == hash(other))],
        "values": [[getattr(each, name) for name in ("one", "two", "three", "four", "five")] for each in (one, other)],
        "own default": one.three is not other.three,
        "method": one.double(),
        "replaced": outcome(lambda: shown(by.replace(one, two="x", five=0))),
        "replaced by what is none": outcome(lambda: by.replace(one, seven=1)),
        "positions": outcome(lambda: repr(base(1, "a", [2])).partition(" object at")[0]),
        "too few": outcome(lambda: base(1)),
        "too many": outcome(lambda: base(1, "a", [2], 3)),
        "unknown": outcome(lambda: base(one=1, two="a", six=6)),
        "fields": [[field.name for field in by.fields(cls)] for cls in (base, derived, one)],
        "match": [base.__match_args__, derived.__match_args__],
        "slots": [getattr(cls, "__slots__", None) for cls in (base, derived)],
        "dict": hasattr(one, "__dict__"),
        "names": [derived.__name__, derived.__qualname__.rpartition(".")[2], derived.__doc__, derived.__module__],
        "copy": outcome(lambda: [copy.copy(one).two, copy.deepcopy(one).three]),
        "set": outcome(set_one),
        "delete": outcome(delete_one),
    }


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(key for key, on in options.items() if on))
@pytest.mark.parametrize("count", [0, records._FEW], ids=["the first ones", "many"])
def test_a_record_is_what_the_standard_library_makes(options: dict[str, bool], count: int) -> None:
    assert behaviour(records, count, **options) == behaviour(dataclasses, count, **options)


@records.dataclass(frozen=True, slots=True)
class Point:
    """A record that a pickle finds by its name."""

    x: int
    y: list[int] = records.field(default_factory=list)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_frozen_record_goes_through_a_pickle(protocol: int) -> None:
    point = Point(1, [2])
    again = pickle.loads(pickle.dumps(point, protocol))
    assert (again, again.y) == (point, [2])


def test_a_method_of_the_class_itself_stays() -> None:
    @records.dataclass(frozen=True)
    class Quiet:
        """Shows and compares in its own way."""

        one: int

        def __repr__(self) -> str:
            return "quiet"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Quiet)

        def __hash__(self) -> int:
            return 7

    assert (repr(Quiet(1)), Quiet(1) == Quiet(2), hash(Quiet(1))) == ("quiet", True, 7)


def test_no_run_imports_the_standard_librarys_for_classes_of_ours() -> None:
    script = "import dataclasses, sys; from geo_scaffold.verbs import new, checklist; import geo_scaffold.cli.new\n"
    script += "print([k for m, v in list(sys.modules.items()) if m.startswith('geo_scaffold')"
    script += " for k, c in vars(v).items() if isinstance(c, type) and c.__module__.startswith('geo_scaffold')"
    script += " and '__dataclass_fields__' in vars(c)])"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert run.stdout == "[]\n"
