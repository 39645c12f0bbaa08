"""The table of kinds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import geo_scaffold
from geo_scaffold.answers import Answers
from geo_scaffold.edition import available_editions, context_for, kinds_of, load_manifest, load_runtime, templates_root
from geo_scaffold.kinds import DEFAULT, KINDS, PROPERTIES, demonstrated, generated, kind_including
from geo_scaffold.names import Inflector


def test_a_kind_has_its_own_name_and_the_default_is_one_that_new_makes() -> None:
    assert [name for name, kind in KINDS.items() if kind.name != name] == []
    assert DEFAULT in generated()
    assert set(demonstrated()) <= set(generated()) < set(KINDS)


def test_a_kind_meets_what_it_has() -> None:
    for kind in KINDS.values():
        had = [property_ for property_ in PROPERTIES if kind.values()[property_]]
        assert kind.meets(had)
        assert [property_ for property_ in PROPERTIES if property_ not in had and kind.meets([*had, property_])] == []


@pytest.mark.parametrize("kind", generated())
def test_overrides_of_a_checkout_are_given_the_name_of_a_kind(kind: str) -> None:
    answers = Answers(model="CoolWidget", kind=kind, timestamp="20230101000000")
    assert context_for(answers, answers.names(Inflector.gitlab()))["kind"] == kind


def test_what_a_model_mounts_is_a_file() -> None:
    assert all(kind.has_file for kind in KINDS.values() if kind.mounts_uploader)


def test_no_kind_is_offered_that_no_edition_makes() -> None:
    assert {kind for edition in available_editions() for kind in kinds_of(edition)} == set(generated())


@pytest.mark.parametrize("edition", available_editions())
def test_what_an_artifact_needs_is_a_property(edition: str) -> None:
    for artifact in (*load_manifest(edition), *load_runtime()):
        assert set(artifact.needs) <= set(PROPERTIES), artifact.id


TEMPLATES = sorted(templates_root().rglob("*.j2"))
ENVIRONMENT = Environment(autoescape=True)


def questions(template: str) -> Iterator[str]:
    """Yield where a template tests a kind's name, or assumes that a kind without a property has something."""
    for node in ENVIRONMENT.parse(template).find_all((nodes.Name, nodes.Const, nodes.If, nodes.CondExpr)):
        if isinstance(node, nodes.Name) and node.name == "kind":
            yield f"{node.lineno}: uses `kind`"
        elif isinstance(node, nodes.Const) and node.value in KINDS:
            yield f"{node.lineno}: names the kind {node.value}"
        elif isinstance(node, nodes.If | nodes.CondExpr) and any(map(asks, conditions_before_an_else(node))):
            yield f"{node.lineno}: has an `else` to a property of a kind"


def conditions_before_an_else(node: nodes.If | nodes.CondExpr) -> list[nodes.Node]:
    """Return the conditions of a node after which something else comes."""
    if isinstance(node, nodes.CondExpr):
        return [node.test] if node.expr2 else []
    conditions = [node.test, *(each.test for each in node.elif_)]
    return conditions if node.else_ else conditions[:-1]


def asks(condition: nodes.Node) -> bool:
    """Tell whether a condition is about a property of a kind."""
    names = {name.name for name in condition.find_all(nodes.Name)} | {getattr(condition, "name", None)}
    return not names.isdisjoint(PROPERTIES)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(templates_root())))
def test_a_template_asks_for_properties(path: Path) -> None:
    assert list(questions(path.read_text(encoding="utf-8"))) == []


ELSE = "1: has an `else` to a property of a kind"


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("{{ kind }}", ["1: uses `kind`"]),
        ("{% if data_type == 'blob' %}{% endif %}", ["1: names the kind blob"]),
        ("{{ {'repository': 1}[data_type] }}", ["1: names the kind repository"]),
        ("{% if has_file %}\n{% else %}\n{% endif %}", [ELSE]),
        ("{% if owner %}\n{% elif has_file and owner %}\n{% endif %}", []),
        (
            "{% if owner and not has_file %}\n{% elif owner %}\n{% endif %}",
            [ELSE],
        ),
        ("{% if owner %}\n{% elif is_writable %}\n{% else %}\n{% endif %}", [ELSE]),
        ("{{ 1 if has_repository else 2 }}", [ELSE]),
        ("{{ 1 if has_repository }}{% if owner %}{% else %}{% endif %}{# blob #}blob", []),
    ],
)
def test_what_a_template_must_not_ask(template: str, found: list[str]) -> None:
    assert list(questions(template)) == found


SOURCE = Path(geo_scaffold.__file__).parent
RUNTIME = SOURCE.parent / "geo_runtime"
ALLOWED = {
    SOURCE / "kinds.py",  # the table
    SOURCE / "names" / "reserved.py",  # the classes of Geo's framework, those of some kinds among them
    *(RUNTIME / "kinds").rglob("*.py"),  # where each kind of the runtime declares itself
}
OTHER_THINGS = {
    SOURCE / "checkout" / "facts.py": {"repository"},  # the name of a fact
    **{path: {"blob", "repository"} for path in (SOURCE / "git").glob("*.py")},  # what Git calls so
}
MODULES = sorted({*SOURCE.rglob("*.py"), *RUNTIME.rglob("*.py")} - ALLOWED)
OF_SOME = re.compile("|".join(strategy for kind in KINDS.values() for strategy in (*kind.strategies, *kind.examples)))
"""What belongs to some kinds only."""


def names_of_kinds(module: str) -> list[str]:
    """Return where a module names a kind, or what only some kinds have; docstrings may."""
    tree = ast.parse(module)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docs]
    found = [(node.lineno, node.value) for node in texts if isinstance(node.value, str)]
    return [f"{line}: {text!r}" for line, text in sorted(found) if text in KINDS or OF_SOME.search(text)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE.parent)))
def test_no_module_but_the_table_names_a_kind(path: Path) -> None:
    found = names_of_kinds(path.read_text(encoding="utf-8"))
    assert [each for each in found if ast.literal_eval(each.partition(": ")[2]) not in OTHER_THINGS.get(path, ())] == []


def test_a_module_that_names_a_kind_is_found() -> None:
    module = '''"""blob"""
A = "blob"
B = {"repository": "a Git repository"}.get(kind)
C = "include ::Geo::BlobReplicatorStrategy"
'''
    assert names_of_kinds(module) == [
        "2: 'blob'",
        "3: 'repository'",
        "4: 'include ::Geo::BlobReplicatorStrategy'",
    ]


def test_a_kind_is_known_by_its_replicator(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in KINDS.values():
        assert kind.strategies
        assert kind_including(["SomethingElse", *(f"::Geo::{strategy}" for strategy in kind.strategies)]) is kind
    assert kind_including(["SomethingElse"]) is None
    of_blobs = KINDS["blob"].strategies
    special = KINDS["blob"]._replace(name="special", strategies=(*of_blobs, "Concerns::SpecialBehavior"))
    monkeypatch.setitem(KINDS, "special", special)
    assert kind_including(of_blobs) is KINDS["blob"]
    assert kind_including({*of_blobs, "SpecialBehavior"}) is special
