"""The pages of `docs/` that say what the program says itself: `python tests/documents.py` writes them anew.

`tests/test_documents.py` says when one is stale.
"""

import inspect
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import typer

from checkouts import CHECKOUT_18
from cli.forks import geo_scaffold
from geo_scaffold import errors
from geo_scaffold.cli.app import VERBS, command_line
from geo_scaffold.cli.formats import FORMATS
from geo_scaffold.edition.editing import KINDS, EditorKind
from geo_scaffold.edition.shapes import Choice, Plain, Shape
from geo_scaffold.edition.vocabulary import Level
from geo_scaffold.operations import OpKind, Status
from geo_scaffold.phases import Phase
from geo_scaffold.verbs.checklist import State
from geo_scaffold.verbs.drift.findings import Sort
from geo_scaffold.verbs.undo import Fate

DOCS = Path(__file__).resolve().parents[1] / "docs"
WRITTEN_BY = "<!-- Written by `python tests/documents.py`; change what it reads. -->\n"

_CODES = {
    0: "done; of `checklist`: nothing is open",
    1: "something is left: `checklist` has `missing` or `differs` (with `--strict` also `confirm`) that was not open"
    " before the branch, `new --allow-partial` was blocked in places, `undo` kept something, `drift` found something, a"
    " step of `demo` failed",
    2: "wrong usage, or an impossible name; nothing was written",
    3: "blocked, a conflict, a contradiction, refused or declined; nothing was written",
    4: "something cannot be read, asked or written; nothing was written, or the message says what is",
    74: "the output cannot be written because the disk is full; the command itself succeeded",
    130: "interrupted",
    141: "nobody reads the output any longer, as with `head`",
}
"""What the exit codes mean."""


class Example(NamedTuple):
    """An example in the docstring of an editor: what a manifest says, the lines, and a file before and after."""

    spec: dict[str, Any]
    lines: str
    before: str
    after: str


def examples_of(kind: EditorKind) -> list[tuple[str, Example]]:
    """Return the examples of a kind's class, each with its Markdown."""
    editor = getattr(import_module(f"geo_scaffold.editors.{kind.module}"), kind.name)
    section = re.split(r"^Examples?:$", inspect.getdoc(editor) or "", maxsplit=1, flags=re.MULTILINE)[1:]
    found = []
    for text in re.split(r"^(?=```toml$)", textwrap.dedent("".join(section)).strip("\n"), flags=re.MULTILINE):
        blocks = re.findall(r"^(````?)\w+\n(.*?\n)\1$", text, re.MULTILINE | re.DOTALL)
        if blocks:
            (_, head), *lines, (_, before), (_, after) = blocks
            found.append(
                (
                    text.strip(),
                    Example(tomllib.loads(head)["editor"], "".join(each for _, each in lines), before, after),
                )
            )
    return found


def summary_of(documented: Any) -> str:
    """Return the docstring of a class up to its sections, with lines as they come."""
    text = re.split(
        r"^(?:Args|Examples?|Raises|Attributes):$", inspect.getdoc(documented) or "", maxsplit=1, flags=re.MULTILINE
    )[0]
    return "\n\n".join(" ".join(each.split()) for each in text.strip().split("\n\n"))


def arguments_of(documented: Any) -> dict[str, str]:
    """Return the descriptions of arguments in the docstrings of a class and its bases."""
    found: dict[str, str] = {}
    for base in reversed(inspect.getmro(documented)):
        text = inspect.cleandoc(base.__doc__ or "").partition("\nArgs:\n")[2]
        text = re.split(r"^\S", text, maxsplit=1, flags=re.MULTILINE)[0]
        for name, said in re.findall(r"^    (\w+): (.*(?:\n {6,}.*)*)", text, re.MULTILINE):
            found[name] = " ".join(said.split())
    return found


def editors_page() -> str:
    """Return the page about every editor."""
    lines = [
        "# Editors",
        "",
        "An editor puts one entry into an existing file: it parses the file, looks for the one place, splices the entry"
        " in, parses again and proves that nothing else changed. A manifest names its kind and says where the place is"
        " (the *locator*); the template of the artifact holds the lines. A missing or ambiguous place is an error,"
        " with the lines to paste.",
        "",
        "Strings of an editor are format strings over the spellings of a model, such as `{model_name}`; write a literal"
        " brace twice. `reads`, which every kind takes, lists the files that an entry is derived from. A"
        " scope of Ruby is written as `GeoNodeType` (a class or module), `describe CoolWidget` (a block, by its method"
        " and first argument), or `log_updated_event` (a method).",
        "",
        "| kind | what it puts in |",
        "|---|---|",
    ]
    pages = []
    for name, kind in KINDS.items():
        editor = getattr(import_module(f"geo_scaffold.editors.{kind.module}"), kind.name)
        summary = summary_of(editor)
        lines.append(f"| [`{name}`](#{name}) | {_cell(_sentence(summary))} |")
        pages += ["", *_editor(name, kind, editor, summary)]
    return "\n".join([WRITTEN_BY, *lines, *pages]) + "\n"


def _editor(name: str, kind: EditorKind, editor: Any, summary: str) -> Iterator[str]:
    yield from (f"## {name}", "", summary)
    if kind.is_several:
        yield from ("", "Each line of the template that is not indented begins an entry of its own.")
    if kind.of_neighbours:
        yield ""
        yield (
            "Its lines are those of a neighbour under another name, as a command of GitLab writes them; where that"
            " cannot be told, a person is given the command."
        )
    said = arguments_of(editor)
    rows = [(key, shape, "yes") for key, shape in kind.needs.items()] + [
        (key, shape, "") for key, shape in kind.takes.items()
    ]
    if rows:
        yield from ("", "| argument | what it is | needed | |", "|---|---|---|---|")
        for key, shape, needed in rows:
            yield f"| `{key}` | {_said(shape)} | {needed} | {_cell(said.get(key, ''))} |"
    for text, example in examples_of(kind):
        if example.spec["kind"] == name:
            yield from ("", text)


def _said(shape: Shape) -> str:
    if isinstance(shape, Plain):
        return shape.said
    if isinstance(shape, Choice):
        return "one of " + ", ".join(f"`{each}`" for each in shape.choices)
    raise TypeError(shape)


def reference_page() -> str:
    """Return the page about options, exit codes and JSON."""
    commands = typer.main.get_command(command_line([], completes=True)).commands  # type: ignore[attr-defined]
    lines = [
        "# Reference",
        "",
        "Every verb with its options, the exit codes, and what `--json` prints. The [guide](guide.md) shows how to use"
        " them.",
        "",
        "| verb | what it does |",
        "|---|---|",
        *(f"| [`{name}`](#{name}) | {_cell(_first(commands[name].help))} |" for name in VERBS),
    ]
    for name in VERBS:
        lines += ["", *_verb(name, commands[name])]
    return "\n".join([WRITTEN_BY, *lines, "", *_exit_codes(), "", *_json()]) + "\n"


def _first(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split()).rstrip(".")


def _verb(name: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    usage = " ".join(each.make_metavar(_context(command)) for each in arguments)
    yield from (f"## {name}", "", "```shell", f"geo-scaffold {name} {usage}".rstrip() + " [OPTIONS]", "```", "")
    yield from (" ".join(each.split()) + "\n" for each in command.help.split("\n\n"))
    examples = [line.strip() for line in (command.epilog or "").splitlines() if line.startswith("  ")]
    yield from ("```shell", *examples, "```", "")
    yield from ("| option | what it does |", "|---|---|")
    for each in command.params:
        shown = _shown(each, command)
        yield f"| {shown} | {_cell(each.help or '')} |"


def _context(command: Any) -> Any:
    return command.context_class(command, info_name=command.name)


def _shown(parameter: Any, command: Any) -> str:
    metavar = parameter.make_metavar(_context(command)).strip("<>")
    if parameter.param_type_name == "argument":
        return f"`{metavar.upper()}`"
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    return _cell(f"`{names}`" if parameter.is_flag else f"`{names} {metavar}`")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _sentence(text: str) -> str:
    """Return the first sentence of a text, without its full stop; three dots end none."""
    return re.split(r"(?<!\.)\.\s", text, maxsplit=1)[0].rstrip(".")


def _clause(text: str) -> str:
    text = _sentence(text)
    return text[0].lower() + text[1:]


def _exit_codes() -> Iterator[str]:
    yield from ("## Exit codes", "", "| code | meaning |", "|---|---|")
    yield from (f"| {code} | {meaning} |" for code, meaning in _CODES.items())
    yield from (
        "",
        "The errors, by the `code` that they have in JSON:",
        "",
        "| `code` | exits with | meaning |",
        "|---|---|---|",
    )
    named: dict[str, tuple[int, str]] = {}
    for error in vars(errors).values():
        if (
            isinstance(error, type)
            and issubclass(error, errors.GeoScaffoldError)
            and error is not errors.GeoScaffoldError
        ):
            named.setdefault(error.code, (error.exit_code, _clause(summary_of(error))))
    yield "| `internal` | 4 | a bug of geo-scaffold |"
    yield from (f"| `{code}` | {number} | {_cell(meaning)} |" for code, (number, meaning) in named.items())


class Printed(NamedTuple):
    """What a verb prints with `--json`: a document of it, and the words that its keys may hold."""

    document: Mapping[str, Any]
    words: dict[str, type[StrEnum]]


def _json() -> Iterator[str]:
    yield from (
        "## JSON",
        "",
        "Standard output has the document and nothing else; messages go to standard error. `schema` is the version of"
        " all documents; a new key does not change it.",
    )
    for name, printed in documents().items():
        head = f"### {name} --json" if name in VERBS else f"### An {name}"
        yield from ("", head, "", "```text", *_shape([printed.document]), "```")
        if name == "facts":
            [facts] = [each["facts"] for each in printed.document["models"][:1]]
            yield from ("", f"The facts are {', '.join(f'`{fact}`' for fact in facts)}.")
        for key, words in printed.words.items():
            said = "; ".join(f"`{each.value}`{_meaning(words, each)}" for each in words)
            yield from ("", f"`{key}`: {said}.")
    yield from ("", "### demo --json", "", *_DEMO)
    yield from ("", "### Formats of a checklist", "", *(f"- `{name}`: {_format(name)}" for name in FORMATS))


_DEMO = (
    "`schema`, `type`, `kind`, `count`, `database`, `queue`, `clock_speed`, `steps` with `name`, `title`, `status`"
    " (`verified`, `failed`, `skipped`), `seconds`, `seen` and `message` each, and `summary`, counts.",
)
"""What `demo` prints, which takes a minute and the libraries of the runtime."""


def _meaning(words: type[StrEnum], word: StrEnum) -> str:
    """Return the docstring of a member of an enumeration, from its source."""
    found = re.search(rf'^    {word.name} = .*\n    """([^"]*)"""', inspect.getsource(words), re.MULTILINE)
    return f" ({_clause(' '.join(found[1].split()))})" if found else ""


def _format(name: str) -> str:
    return _first((import_module(f"geo_scaffold.cli.formats.{name}").__doc__ or "").strip())


_BY_NAME = ("names", "facts", "summary")
"""The keys of objects whose keys are names."""
_MORE = {
    "branch": "text or null",
    "line": "number or null",
    "path": "text or null",
    "refused": 'null or {"reason": text, "source": text or null}',
    "remedy": "text or null",
    "rollout": "text or null",
    "value": "anything",
}
"""What keys may hold beside what the examples have."""


def _shape(values: list[Any], indent: str = "", key: str = "") -> list[str]:
    """Return what values have in common: their keys, and the sorts of what they hold."""
    if key in _MORE:
        return [_MORE[key]]
    deeper = indent + "  "
    objects = [each for each in values if isinstance(each, Mapping)]
    or_null = " or null" * (None in values)
    if objects and key in _BY_NAME:
        first, *rest = _shape([value for each in objects for value in each.values()], indent)
        return [f"{{name: {first}", *rest[:-1], f"{rest[-1]}, ...}}"] if rest else [f"{{name: {first}, ...}}"]
    if objects:
        lines = ["{"]
        for name in dict.fromkeys(name for each in objects for name in each):
            first, *rest = _shape([each[name] for each in objects if name in each], deeper, name)
            lines += [f'{deeper}"{name}": {first}', *rest]
        return [*lines, f"{indent}}}{or_null}"]
    inner = [value for each in values if isinstance(each, list) for value in each]
    if inner:
        first, *rest = _shape(inner, indent)
        return [f"[{first}", *rest[:-1], f"{rest[-1]}, ...]"] if rest else [f"[{first}, ...]"]
    sorts = {str: "text", bool: "true or false", int: "number", float: "number", type(None): "null", list: "[]"}
    return [" or ".join(sorted({sorts[type(each)] for each in values}, key="null".__eq__))]


@contextmanager
def _checkout() -> Iterator[Path]:
    """Make a small checkout for the time of a block."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "gitlab"
        for path, text in CHECKOUT_18.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        yield root


def documents() -> dict[str, Printed]:
    """Return what the verbs print with `--json`, run one after the other on a small checkout."""
    operations = {"op": OpKind, "status": Status}
    types = {"phase": Phase, "level": Level, "status": State}
    with _checkout() as root:
        into = ("--into", str(root), "--json")
        given = ("--kind", "blob", "--owner", "project", "--mr", "!12345", "--yes")
        made = {"new": Printed(_printed("new", "CoolWidget", *given, *into), operations)}
        made["checklist"] = Printed(_printed("checklist", "CoolWidget", *into), types)
        made["mr"] = Printed(_printed("mr", "CoolWidget", "--phase", "schema", *into), {})
        made["release"] = Printed(_printed("release", "CoolWidget", "--mr", "!12346", "--yes", *into), operations)
        made["rename"] = Printed(_printed("rename", "CoolWidget", "NiceWidget", "--yes", *into), operations)
        _printed("rename", "NiceWidget", "CoolWidget", "--yes", *into)
        made["undo"] = Printed(_printed("undo", "CoolWidget", "--yes", *into), {"op": OpKind, "status": Fate})
        made["names"] = Printed(_printed("names", "CoolWidget", "--json"), {})
        made["facts"] = Printed(_printed("facts", "CoolWidget", "Boiler", *into), {})
        geo = root / "ee/lib/gitlab/geo.rb"
        geo.write_text(geo.read_text().replace("REPLICATOR_CLASSES", "REPLICATORS"))
        made["drift"] = Printed(_printed("drift", *into), {"sort": Sort})
        made["error"] = Printed(_printed("undo", "CoolWidget", *into), {})
    return made


def _printed(*arguments: str) -> Mapping[str, Any]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("CI_", "GEO_SCAFFOLD"))}
    environment["GEO_SCAFFOLD_CACHE"] = ""
    return dict(json.loads(geo_scaffold(*arguments, folder=Path.cwd(), environment=environment).stdout))


def picture() -> str:
    """Return a terminal in which `new` has made a type in a small checkout, as SVG; what Rich draws is not compared."""
    from rich.console import Console
    from rich.text import Text

    with _checkout() as root:
        given = "--into gitlab --kind blob --owner project --yes"
        command = f"{shlex.quote(sys.executable)} -m geo_scaffold new CoolWidget {given}"
        done = subprocess.run(
            ["script", "--quiet", "--command", f"stty cols 80; {command} 2>/dev/null", "/dev/null"],
            cwd=root.parent,
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "TERM": "xterm-256color", "NO_COLOR": ""},
        )
    console = Console(record=True, width=84, file=StringIO(), force_terminal=True)
    console.print(Text.from_markup("[bold]$ geo-scaffold new CoolWidget --owner project[/]\n"))
    console.print(Text.from_ansi(done.stdout.replace("\r", "")))
    # Without the fonts that it would load from the network.
    return re.sub(r"@font-face \{[^}]*\}", "", console.export_svg(title="geo-scaffold"))


PAGES = {"reference.md": reference_page, "editors.md": editors_page}
"""The pages by their names."""


if __name__ == "__main__":
    for page, text in PAGES.items():
        (DOCS / page).write_text(text(), encoding="utf-8")
        sys.stdout.write(f"{DOCS / page}\n")
    (DOCS / "new.svg").write_text(picture(), encoding="utf-8")
