"""Every point of the specification has a test, or a reason why not; the table is printed with `-rP`."""

from .conformance import NOT_COVERED, POINTS, covered, table


def test_every_point_has_a_test_or_a_reason() -> None:
    print(table())
    tests = set(covered())
    assert tests <= set(POINTS)
    assert tests.isdisjoint(NOT_COVERED)
    assert set(POINTS) - tests == set(NOT_COVERED)
