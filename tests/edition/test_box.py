"""Templates of a checkout's own that ask for work without end: each ends, with an error that names it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2.meta
import pytest

from children import Children
from geo_scaffold.edition import box, templates_root
from geo_scaffold.edition.box import Box, LimitError
from geo_scaffold.edition.templates import Renderer
from geo_scaffold.errors import OverrideError, UsageError
from sizes import sized

from .test_overrides import BASE, FINDER, FOLDER, VALUES, overrides, rendered

LOOPS = "{% for a in range(99999) %}" * 3 + "{{ a }}" + "{% endfor %}" * 3
TWICE = "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(99) }}"
DOUBLED = "{% set n = namespace(a='a') %}{% for _ in range(99) %}{% set n.a = n.a ~ n.a %}{% endfor %}{{ n.a }}"
NESTED = "{% set n = namespace(a=[]) %}{% for _ in range(99) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a }}"
BY_INCLUSION = "{% set n = (n|default(60)) - 1 %}{% if n %}" + f"{{% include '{FINDER}' %}}" * 2 + "{% endif %}"
HOSTILE = [
    LOOPS,
    TWICE,
    DOUBLED,
    NESTED,
    BY_INCLUSION,
    "{{ 'a' * 10 ** 9 }}",
    "{{ [1] * 10 ** 9 }}",
    "{{ 10 ** (10 ** 10) }}",
    "{% set n = 10 ** 10 %}{{ n ** n }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ 'a'|center(10 ** 9) }}",
    "{{ 'a'.ljust(10 ** 9) }}",
    "{{ ('a\n' * 10 ** 5)|indent(10 ** 5) }}",
    "{{ 'a'|batch(10 ** 9, 'a')|list }}",
    "{{ 'a'|slice(10 ** 9)|list }}",
    "{{ [1]|tojson(10 ** 9) }}",
    "{{ (2).to_bytes(10 ** 9) }}",
    "{{ '\t'.expandtabs(10 ** 9) }}",
    "{{ lipsum(10 ** 6) }}",
    "{{ ('a' * 10 ** 6).replace('', 'a' * 10 ** 6) }}",
    "{{ 'a' * 2 ** 21 }}",
]
"""Each of another kind: text, numbers, lists, loops, recursion; when it is compiled, or when it is rendered."""


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "_FIRST_S", 0.2)


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize("attack", sized(HOSTILE[::5], HOSTILE))
def test_each_ends_with_an_error_that_names_it(attack: str) -> None:
    with pytest.raises(OverrideError) as caught:
        rendered({FINDER: attack})
    assert caught.value.path == f"{FOLDER}/{FINDER}"
    assert caught.value.exit_code == 3
    assert caught.value.remedy
    assert "\n" not in caught.value.message


@pytest.mark.usefixtures("_soon")
def test_one_that_another_includes_is_bounded_too() -> None:
    """The requested template is ours, and extends an override."""
    with pytest.raises(OverrideError):
        rendered({"gitlab-16/create/registry-spec.rb.j2": "{{ 10 ** (10 ** 10) }}"}, "create/registry-spec.rb.j2")


def test_all_share_one_allowance() -> None:
    box = Box()
    box._left = -1.0
    with pytest.raises(LimitError):
        box.run(lambda: "a")
    box._left = 0.0
    assert box.run(lambda: "a") == "a"
    assert box._left <= 0.25


def killed() -> str:
    signal.raise_signal(signal.SIGKILL)
    return ""


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (lambda: "a" * (box.MOST_TEXT + 1), "text"),
        (lambda: "a" * 10**10, "memory"),
        (killed, "too long"),
        (lambda: os._exit(7), "more than"),
    ],
)
def test_what_a_limit_says(work: Callable[[], str], expected: str) -> None:
    with pytest.raises(LimitError, match=expected):
        Box().run(work)


def test_text_and_errors_come_back_as_they_are() -> None:
    text = "ümläut \udcff\n" * 50_000
    assert Box().run(lambda: text) == text

    def refused() -> str:
        raise UsageError("no", path="a", remedy="b")

    with pytest.raises(UsageError) as caught:
        Box().run(refused)
    assert (caught.value.message, caught.value.path, caught.value.remedy) == ("no", "a", "b")
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        Box().run(lambda: str(1 / 0))


def test_nobody_is_left_when_the_wait_is_interrupted(monkeypatch: pytest.MonkeyPatch, children: Children) -> None:
    def interrupted(descriptor: int, mode: str) -> None:
        os.close(descriptor)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fdopen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Box().run(lambda: str(signal.sigwait([signal.SIGUSR1])))
    assert len(children) == 1
    assert children.are_gone()


def test_only_what_an_override_has_a_part_in_is_put_there(monkeypatch: pytest.MonkeyPatch) -> None:
    boxed: list[str] = []
    run = Box.run

    def noted(self: Box, work: Any) -> str:
        boxed.append(work.args[0])
        return run(self, work)

    monkeypatch.setattr(Box, "run", noted)
    renderer = Renderer("18", overrides=overrides({BASE: "mine"}))
    for template in ("create/finder.rb.j2", "create/model.rb.j2"):
        renderer.render(template, VALUES)
    assert boxed == ["create/finder.rb.j2"]


def test_ours_name_each_template_that_they_use() -> None:
    """This is how to tell whether an override is part of a template."""
    from geo_scaffold.edition.templates import _NAMED

    environment = Renderer("18").environment
    for path in templates_root().rglob("*.j2"):
        text = Path(path).read_text()
        used = set(jinja2.meta.find_referenced_templates(environment.parse(text)))
        assert None not in used, path
        assert used <= set(_NAMED.findall(text)), path
