"""Names agree with Active Support in every letter: one Ruby process answers for all tests here."""

import re
from collections.abc import Callable

import pytest

from geo_scaffold.errors import InvalidNameError
from geo_scaffold.names import build_names
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.names.reserved import DANGEROUS_ASSOCIATIONS, REGISTRY_ATTRIBUTES

from .conftest import CLASS_NAMES, INFLECTORS, MODEL_WORDS, ActiveSupport

pytestmark = pytest.mark.ruby

CALLS: dict[str, Callable[[Inflector, str], str]] = {
    "pluralize": Inflector.pluralize,
    "camelize true": Inflector.camelize,
    "camelize false": lambda inflector, word: inflector.camelize(word, False),
    "underscore": Inflector.underscore,
    "humanize": Inflector.humanize,
    "titleize": Inflector.titleize,
    "tableize": Inflector.tableize,
    "demodulize": lambda inflector, word: inflector.demodulize(word),
    "deconstantize": lambda inflector, word: inflector.deconstantize(word),
    "foreign_key": Inflector.foreign_key,
}


@pytest.mark.parametrize("configuration", INFLECTORS)
@pytest.mark.parametrize("call", CALLS)
def test_every_answer_is_active_supports(active_support: ActiveSupport, configuration: str, call: str) -> None:
    expected = active_support.answers[configuration][call]
    inflector = INFLECTORS[configuration]
    assert {word: CALLS[call](inflector, word) for word in expected} == expected


def test_enough_is_asked(active_support: ActiveSupport) -> None:
    plurals = active_support.answers["plain"]["pluralize"]
    assert len(plurals) >= 5000 + 3 * 98
    assert len(set(MODEL_WORDS)) == len(MODEL_WORDS) >= 98
    assert len(CLASS_NAMES) >= 30
    assert all(f"cool_{word}" in plurals for word in MODEL_WORDS)


def test_ruby_constants_are_reserved(active_support: ActiveSupport) -> None:
    for constant in active_support.constants:
        if re.fullmatch(r"[A-Z][A-Za-z0-9]*", constant):
            with pytest.raises(InvalidNameError):
                build_names(constant, inflector=INFLECTORS["plain"])


def test_methods_of_active_record_are_reserved(active_support: ActiveSupport) -> None:
    names = {name for name in active_support.dangerous if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)}
    assert names <= DANGEROUS_ASSOCIATIONS | REGISTRY_ATTRIBUTES
