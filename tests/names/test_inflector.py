"""The inflector without Ruby: the quirks that matter, the reading of initializers, and the import of inflect."""

import json
import subprocess
import sys
import threading
from functools import cache
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.errors import UsageError
from geo_scaffold.names import plurals
from geo_scaffold.names.inflector import Inflector
from geo_scaffold.records import replace
from waiting import PATIENCE_S

PLAIN = Inflector.plain()
GITLAB = Inflector.gitlab()


@pytest.mark.parametrize(
    ("word", "plural"),
    [
        ("hero", "heros"),
        ("leaf", "leafs"),
        ("potato", "potatos"),
        ("octopus", "octopi"),
        ("virus", "viri"),
        ("criterion", "criterions"),
        ("mouse", "mice"),
        ("cool_mouse", "cool_mouses"),
        ("person", "people"),
        ("CoolPerson", "CoolPeople"),
        ("metadata", "metadata"),
        ("fish", "fish"),
        ("cool_fish", "cool_fishes"),
        ("CoolPolice", "CoolPolices"),
        ("Cool::Police", "Cool::Police"),
        ("CI Secure File", "CI Secure Files"),
        ("API", "APIs"),
        ("MATRIX", "MATRices"),
        ("", ""),
    ],
)
def test_plurals_are_rails_plurals(word: str, plural: str) -> None:
    assert PLAIN.pluralize(word) == plural


def test_gitlab_knows_its_acronyms() -> None:
    assert GITLAB.underscore("VSCodeSetting") == "vscode_setting"
    assert GITLAB.camelize("vscode_setting") == "VSCodeSetting"
    assert GITLAB.camelize("vscode_setting", False) == "vscodeSetting"
    assert GITLAB.titleize("fips_key") == "FIPS Key"
    assert GITLAB.pluralize("cache") == "caches"
    assert PLAIN.underscore("VSCodeSetting") == "vs_code_setting"


def test_acronyms_are_added_to_a_copy() -> None:
    more = GITLAB.with_acronyms(["DNS", "Fips"])
    assert more.camelize("dns_record") == "DNSRecord"
    assert more.camelize("fips_key") == "FipsKey"
    assert GITLAB.camelize("dns_record") == "DnsRecord"
    assert more.acronyms == ("CDN", "EE", "JH", "CSP", "VSCode", "Fips", "DNS")


@pytest.mark.parametrize("acronym", ["", "D N", "D|N", "1A", "DNS\n", "É", "("])
def test_an_acronym_is_letters_and_digits(acronym: str) -> None:
    with pytest.raises(UsageError) as error:
        PLAIN.with_acronyms([acronym])
    assert error.value.remedy
    assert "\n" not in error.value.message


def test_an_inflector_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        PLAIN.acronyms = ("DNS",)  # type: ignore[misc]
    assert Inflector.gitlab() == GITLAB
    assert hash(Inflector.gitlab()) == hash(GITLAB)


@given(st.text(alphabet=st.sampled_from("abcSXsy_/: 19"), max_size=30))
def test_no_word_breaks_the_inflector(word: str) -> None:
    for call in (GITLAB.pluralize, GITLAB.camelize, GITLAB.underscore, GITLAB.humanize, GITLAB.titleize):
        assert isinstance(call(word), str)


@given(st.from_regex(r"\A[a-z]{1,8}(_[a-z]{2,8}){0,3}\Z"))
def test_camelize_and_underscore_are_inverse_for_plain_words(name: str) -> None:
    assert PLAIN.underscore(PLAIN.camelize(name)) == name


_IMPORTS = """
import json, sys
from geo_scaffold.names.inflector import Inflector
{before}
inflector = Inflector.gitlab()
inflector.camelize("cool_widget")
early = "inflect" in sys.modules
before = sys.modules.get("typeguard")
plural = inflector.pluralize("cool_widget")
print(json.dumps([early, plural, sys.modules.get("typeguard") is before, before is None]))
"""


def _in_a_fresh_python(before: str) -> object:
    run = subprocess.run(
        [sys.executable, "-c", _IMPORTS.format(before=before)],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return json.loads(run.stdout)


def test_inflect_is_imported_late_and_without_typeguard() -> None:
    assert _in_a_fresh_python("") == [False, "cool_widgets", True, True]


def test_the_inflector_brings_nothing_else_of_the_generator_along() -> None:
    code = "import sys, geo_scaffold.names.inflector; print(*(name for name in sys.modules if 'geo_scaffold' in name))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    names = {f"geo_scaffold.names.{name}" for name in ("inflector", "plurals", "rules")}
    assert set(run.stdout.split()) == {
        "geo_scaffold",
        "geo_scaffold.errors",
        "geo_scaffold.lazy_imports",
        "geo_scaffold.records",
        "geo_scaffold.names",
        *names,
    }


def test_an_imported_typeguard_is_put_back() -> None:
    assert _in_a_fresh_python("import typeguard") == [False, "cool_widgets", True, False]


class Library(ModuleType):
    """Stands for an inflect that wants more of typeguard than there is while it is imported."""

    class engine:  # noqa: N801 - its name
        """The only thing that is requested."""


@pytest.mark.parametrize("error", [ImportError("cannot import name 'check_type'"), TypeError("unexpected keyword")])
def test_an_inflect_that_wants_more_of_typeguard_gets_it(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    original, seen = ModuleType("typeguard"), list[bool]()

    def import_module(name: str) -> ModuleType:
        assert name == "inflect"
        seen.append(sys.modules["typeguard"] is original)
        if not seen[-1]:
            raise error
        return Library(name)

    monkeypatch.setitem(sys.modules, "typeguard", original)
    monkeypatch.setattr(plurals, "import_module", import_module)
    assert isinstance(plurals._engine.__wrapped__(), Library.engine)
    assert seen == [False, True]
    assert sys.modules["typeguard"] is original


@pytest.mark.parametrize("is_known", [True, False])
def test_an_import_that_fails_restores_everything(monkeypatch: pytest.MonkeyPatch, is_known: bool) -> None:
    def import_module(_name: str) -> ModuleType:
        raise OSError("no more files")

    monkeypatch.setattr(plurals, "import_module", import_module)
    original = ModuleType("typeguard") if is_known else None
    monkeypatch.delitem(sys.modules, "typeguard", raising=False)
    if original:
        monkeypatch.setitem(sys.modules, "typeguard", original)
    with pytest.raises(OSError, match="no more files"):
        plurals._engine.__wrapped__()
    assert sys.modules.get("typeguard") is original


def test_threads_get_the_same_plural() -> None:
    inflector = Inflector.gitlab()
    plurals: list[str] = []
    threads = [threading.Thread(target=lambda: plurals.append(inflector.pluralize("policy"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert plurals == ["policies"] * 8


class PluralMemory:
    """A memory of plurals."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}

    def find(self, name: str) -> bytes | None:
        return self.found.get(name)

    def keep(self, name: str, content: bytes) -> None:
        self.found[name] = content


def test_a_plural_that_was_kept_needs_no_inflect(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = PluralMemory()
    assert replace(GITLAB, memory=memory).pluralize("cool_cache") == "cool_caches"
    monkeypatch.setattr(plurals, "_engine", cache(lambda: pytest.fail("inflect was asked")))
    assert replace(GITLAB, memory=memory).pluralize("cool_cache") == "cool_caches"


def test_a_plural_is_kept_by_the_rules_that_it_was_made_with(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = PluralMemory()
    for inflector in (PLAIN, replace(PLAIN, uncountables=(*PLAIN.uncountables, "widget"))):
        monkeypatch.setattr(plurals, "_engine", cache(plurals._engine.__wrapped__))  # as in a separate run
        expected = "widgets" if inflector is PLAIN else "widget"
        assert replace(inflector, memory=memory).pluralize("widget") == expected
    assert len(memory.found) == 2


def test_a_look_at_all_classes_keeps_only_some_plurals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plurals, "_MOST_KEPT", 5)
    memory = PluralMemory()
    inflector = replace(GITLAB, memory=memory)
    words = [f"cool_{letter}idget" for letter in "abcdefghijklmnopqrstuvwxyz"]
    assert [inflector.pluralize(word) for word in words] == [f"{word}s" for word in words]
    assert len(memory.found) == 5
