"""Templates of a checkout's own: which one is used where, what a bad one says, and that none of them gets out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from geo_scaffold.answers import Answers
from geo_scaffold.commit import digest
from geo_scaffold.edition import (
    Overrides,
    Renderer,
    context_for,
    find_overrides,
    load_manifest,
    templates,
    templates_root,
)
from geo_scaffold.errors import GeoScaffoldError, ManifestError, OverrideError, ReadError
from geo_scaffold.names import build_names
from geo_scaffold.names.inflector import Inflector

FINDER = "gitlab-18/create/finder.rb.j2"
BASE = "gitlab-16/create/finder.rb.j2"
FOLDER = ".geo-scaffold/templates"
VALUES: Mapping[str, Any] = context_for(
    Answers("CoolWidget", kind="blob", timestamp="20230101000000"),
    build_names("CoolWidget", inflector=Inflector.gitlab()),
)


def overrides(files: Mapping[str, str | bytes]) -> Overrides:
    """Find overrides among files by their path below the folder of overrides."""
    held = {f"{FOLDER}/{path}": text if isinstance(text, bytes) else text.encode() for path, text in files.items()}

    def names(folder: str) -> tuple[str, ...]:
        below = (path.removeprefix(f"{folder}/") for path in held if path.startswith(f"{folder}/"))
        return tuple(sorted({path.partition("/")[0] for path in below}))

    return find_overrides(names, held.get)


def rendered(
    files: Mapping[str, str | bytes], template: str = "create/finder.rb.j2", *, edition: str = "18", **values: object
) -> str:
    return Renderer(edition, overrides=overrides(files)).render(template, {**VALUES, **values})


def original(path: str) -> str:
    return (templates_root() / path).read_text()


def line_for(path: str) -> str:
    return f"{{# original: sha256 {digest((templates_root() / path).read_bytes())[:12]} #}}"


@pytest.mark.parametrize(
    ("edition", "files", "template", "is_mine"),
    [
        ("18", {FINDER: "mine"}, "create/finder.rb.j2", True),  # which edition 18 has from 16
        ("18", {BASE: "mine"}, "create/finder.rb.j2", True),
        ("16", {BASE: "mine"}, "create/finder.rb.j2", True),
        ("16", {FINDER: "mine"}, "create/finder.rb.j2", False),
        ("18", {FINDER: "mine", BASE: "other"}, "create/finder.rb.j2", True),
        ("18", {"gitlab-18/create/model.rb.j2": "mine"}, "create/model.rb.j2", True),
        ("18", {"gitlab-16/create/model.rb.j2": "mine"}, "create/model.rb.j2", False),  # 18 has its own
        ("18", {"gitlab-18/checklist.md.j2": "mine"}, "checklist.md.j2", True),
        ("18", {"runtime/metrics.md.j2": "mine"}, "runtime/metrics.md.j2", True),
        ("18", {"gitlab-18/ensure/metrics-docs.md.j2": "mine"}, "runtime/metrics.md.j2", True),  # which includes it
        (
            "18",
            {"gitlab-16/create/registry-spec.rb.j2": "mine"},
            "create/registry-spec.rb.j2",
            True,
        ),  # extended by 18's
    ],
)
def test_which_one_is_used(edition: str, files: Mapping[str, str], template: str, is_mine: bool) -> None:
    values: dict[str, object] = {"tasks": [], "phases": {}, "steps": {}}
    text = rendered(files, template, edition=edition, **values)
    assert ("mine" in text) is is_mine
    if not is_mine:
        assert text == Renderer(edition).render(template, {**VALUES, **values})


@pytest.mark.parametrize("edition", ["16", "18"])
def test_every_template_of_a_manifest_can_be_overridden(edition: str) -> None:
    names = {target.template for artifact in load_manifest(edition) for target in artifact.targets if target.template}
    renderer = Renderer(edition, overrides=overrides({f"gitlab-{edition}/{name}": "mine" for name in names}))
    assert len(names) > 40
    assert {renderer.render(name, {}) for name in names} == {"mine"}


def test_the_original_can_be_included_and_extended() -> None:
    ours = rendered({})
    assert rendered({FINDER: f'# mine\n{{% include "original/{FINDER}" %}}'}) == f"# mine\n{ours}"
    assert rendered({BASE: f'# mine\n{{% include "original/{BASE}" %}}'}) == f"# mine\n{ours}"
    spec = "gitlab-18/create/replicator-spec.rb.j2"
    block = original("gitlab-16/create/replicator-spec.rb.j2").partition("{% block ")[2].partition(" ")[0]
    mine = f'{{% extends "original/{spec}" %}}{{% block {block} %}}# mine\n{{{{ super() }}}}{{% endblock %}}'
    assert "# mine\n" in rendered({spec: mine}, "create/replicator-spec.rb.j2")


@pytest.mark.parametrize("beginning", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_line_with_the_digest_adds_none(beginning: str, end: str) -> None:
    text = f"{beginning}{line_for(BASE)}{end}one{end}two{end}"
    found = overrides({FINDER: text.encode()})
    assert rendered({FINDER: text.encode()}) == f"{beginning}one\ntwo\n"
    assert found.notes("18") == [f"{FOLDER}/{FINDER} overrides a template"]


@pytest.mark.parametrize(
    ("path", "text", "note"),
    [
        (FINDER, f"{line_for(BASE)}\n", "HERE overrides a template"),
        (
            FINDER,
            "{#- original: sha256 " + digest((templates_root() / BASE).read_bytes()) + " -#}",
            "HERE overrides a template",
        ),
        (
            FINDER,
            "{# original: sha256 0123456789ab #}\n",
            "warning: HERE overrides a template that has changed since, gitlab-16/create/finder.rb.j2: compare the two,"
            f" then begin it with the line {line_for(BASE)}",
        ),
        (
            FINDER,
            f"\n{line_for(BASE)}\n",
            f"HERE overrides a template; to be warned when that changes, begin it with the line {line_for(BASE)}",
        ),
        ("runtime/spec.py.j2", f"{line_for('runtime/spec.py.j2')}\n", "HERE overrides a template"),
        (
            "gitlab-16/create/registry-spec.rb.j2",
            f"{line_for('gitlab-16/create/registry-spec.rb.j2')}",
            "HERE overrides a template; what edition 18 adds to it in gitlab-18/create/registry-spec.rb.j2 is lost, as"
            " it lacks blocks of that: override that one",
        ),
        (
            "gitlab-16/create/registry-spec.rb.j2",
            f"{line_for('gitlab-16/create/registry-spec.rb.j2')}"
            '{% extends "original/gitlab-16/create/registry-spec.rb.j2" %}',
            "HERE overrides a template",
        ),
        ("gitlab-16/create/model.rb.j2", "", "HERE is not used: edition 18 has gitlab-18/create/model.rb.j2"),
    ],
)
def test_what_is_said_of_one(path: str, text: str, note: str) -> None:
    assert overrides({path: text}).notes("18") == [note.replace("HERE", f"{FOLDER}/{path}")]


def test_what_is_said_of_one_that_is_not_used() -> None:
    both = overrides({FINDER: f"{line_for(BASE)}\n", BASE: "other"})
    assert both.notes("18") == [
        f"{FOLDER}/{BASE} is not used: edition 18 has {FINDER}",
        f"{FOLDER}/{FINDER} overrides a template",
    ]
    assert f"{FOLDER}/{FINDER} is not used: this is edition 16" in both.notes("16")


@pytest.mark.parametrize(
    "path",
    [
        "gitlab-18/create/findr.rb.j2",
        "gitlab-18/create/finder.rb",
        "gitlab-17/create/finder.rb.j2",
        "create/finder.rb.j2",
        "gitlab-18/finder.rb.j2",
        "finder.rb.j2",
        "gitlab-18/create/finder.rb.j2/more",
        "runtime/finder.rb.j2",
        "gitlab-18/manifest.toml",
        "gitlab-16/deviations.toml",
        "runtime/manifest.toml",
        "README.md",
    ],
)
def test_one_that_overrides_nothing_is_an_error(path: str) -> None:
    with pytest.raises((OverrideError, ReadError)) as caught:
        overrides({path: "mine"})
    assert caught.value.path and caught.value.path.startswith(FOLDER)  # noqa: PT018
    assert caught.value.remedy


def test_a_typing_error_is_reported_with_what_was_meant() -> None:
    with pytest.raises(OverrideError) as caught:
        overrides({"gitlab-18/create/registry-modle.rb.j2": ""})
    assert "gitlab-18/create/registry-modle.rb.j2" in caught.value.message
    assert "gitlab-18/create/registry-model.rb.j2" in str(caught.value.remedy)


def test_what_is_hidden_or_left_by_an_editor_is_none() -> None:
    found = overrides({".gitkeep": "", f"{FINDER}~": "", "gitlab-18/create/.finder.rb.j2.swp": b"\xff"})
    assert not found


def test_one_that_is_not_utf_8_is_an_error_with_its_line() -> None:
    with pytest.raises(OverrideError) as caught:
        overrides({FINDER: b"one\ntwo\xff\n"})
    assert (caught.value.path, caught.value.message) == (f"{FOLDER}/{FINDER}", "line 2: it is not UTF-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one\n{{ two", "line 2: unexpected end of template, expected 'end of print statement'."),
        ("\n\n{{ nope }}", "line 3: 'nope' is undefined"),
        ("{% include 'a' %}", "line 1: there is no template a"),
        ("{% include 'a\x1b[31m\u202e' %}", "line 1: there is no template a?[31m?"),
        ("\n{{ 1 / 0 }}", "line 2: division by zero"),
        ("\n{{ 1 + kind }}", "line 2: unsupported operand type(s) for +: 'int' and 'str'"),
        (f"\n{{% include '{FINDER}' %}}", "line 2: it uses itself, or nests too deeply"),
        (f"{{% extends '{FINDER}' %}}", "line 1: it uses itself, or nests too deeply"),
        ("{% macro a() %}{{ a() }}{% endmacro %}\n{{ a() }}", "line 1: it uses itself, or nests too deeply"),
        ("{{ " + "(" * 9999 + "}}", "it uses itself, or nests too deeply"),
        ("{% for a in kind %}" * 30 + "{% endfor %}" * 30, "too many statically nested blocks"),
        (f"\n{{% set finder_class = 1 %}}{{% include 'original/{FINDER}' %}}", "line 2: 'int object' has no attribute"),
    ],
)
def test_what_cannot_be_rendered_is_an_error_with_its_line(text: str, message: str) -> None:
    with pytest.raises(OverrideError) as caught:
        rendered({FINDER: text})
    assert caught.value.path == f"{FOLDER}/{FINDER}"
    assert caught.value.message.startswith(message)
    assert "\n" not in caught.value.message
    assert f"original/{FINDER}" in str(caught.value.remedy)


def test_python_that_cannot_be_laid_out_is_an_error() -> None:
    with pytest.raises(OverrideError) as caught:
        rendered({"runtime/spec.py.j2": f"(((\n# {'x' * 200}\n"}, "runtime/spec.py.j2")
    assert caught.value.path == f"{FOLDER}/runtime/spec.py.j2"


def test_no_override_is_blamed_for_an_error_of_ours() -> None:
    with pytest.raises(ManifestError, match=r"model\.rb\.j2`, line \d+: KeyError: 'ours'"):
        rendered({FINDER: "mine"}, "create/model.rb.j2", owner_key=_Broken(), owner="project")


class _Broken:
    @property
    def column(self) -> str:
        raise KeyError("ours")


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__']['__mro__'] }}",
        "{{ ''|attr('__class__') }}",
        "{{ (['']|map(attribute='__class__')|list)[0] }}",
        "{{ (['']|map('attr', '__class__')|list)[0] }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ ('{0.__class__}'|attr('format'))(1) }}",
        "{{ '{a.__class__}'.format_map({'a': 1}) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ object_name.__globals__ }}",
        "{{ object_name.__code__ }}",
        "{{ lipsum.__globals__['os'] }}",
        "{{ namespace.__init__.__builtins__ }}",
        "{{ owner_key.__class__.__base__.__subclasses__() }}",
        "{{ shared.append(1) }}",
        "{{ shared|attr('append')(1) }}",
        "{{ held.update({'a': 1}) }}",
        "{{ range(999999999)|list }}",
        "{% include '../../../../../../../../etc/passwd' %}",
        "{% include '/etc/passwd' %}",
        "{% include 'original/../../../../../../../../etc/passwd' %}",
        "{% include 'original//etc/passwd' %}",
        "{% include 'original/gitlab-18/../../../../../../../etc/passwd' %}",
        "{% include 'original/runtime//etc/passwd' %}",
        "{% include '../pyproject.toml' %}",
        "{% extends '/etc/passwd' %}",
        "{% import '/etc/passwd' as a %}{{ a }}",
        "{% from '../templates.py' import digest %}",
    ],
)
@pytest.mark.parametrize("path", [FINDER, BASE])
def test_none_gets_out_of_its_box(attack: str, path: str) -> None:
    shared: list[int] = []
    held: dict[str, int] = {}
    with pytest.raises(OverrideError):
        rendered({path: attack}, shared=shared, held=held, owner_key=VALUES["owner_key"] or ("a", "b"))
    assert (shared, held) == ([], {})


def test_what_ours_extends_is_in_the_box_too() -> None:
    """The requested template is ours, and extends an override."""
    with pytest.raises(OverrideError):
        rendered({"gitlab-16/create/registry-spec.rb.j2": "{{ ''.__class__ }}"}, "create/registry-spec.rb.j2")


def test_none_is_kept_among_our_compiled_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "_LOADED", {})
    monkeypatch.setenv("GEO_SCAFFOLD_CACHE", str(tmp_path))
    rendered({FINDER: f'mine {{% include "original/{FINDER}" %}}'})
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    ours = rendered({})
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    assert "mine" not in ours
    assert "mine" in rendered({FINDER: "mine"})
    assert rendered({}) == ours


def test_without_one_there_is_one_look_at_one_folder() -> None:
    looked: list[str] = []

    def names(folder: str) -> tuple[str, ...]:
        looked.append(folder)
        return ()

    def read(path: str) -> bytes | None:
        raise AssertionError(path)

    assert not find_overrides(names, read)
    assert looked == [FOLDER]


def test_one_that_cannot_be_read_is_an_error() -> None:
    tops = {FOLDER: ("gitlab-18",), f"{FOLDER}/gitlab-18": ("create",), f"{FOLDER}/gitlab-18/create": ("finder.rb.j2",)}
    with pytest.raises(GeoScaffoldError) as caught:
        find_overrides(lambda folder: tops[folder], lambda _path: None)
    assert caught.value.path == f"{FOLDER}/{FINDER}"
