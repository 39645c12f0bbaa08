"""Every reader of text that others bring, by name: what it is given is any bytes, and what it may raise is an error of
ours.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from geo_scaffold.checkout.initializer import read_initializer
from geo_scaffold.commit import journal
from geo_scaffold.editors.json_.entries import ArrayStrings, ObjectProperties
from geo_scaffold.editors.markdown.bullets import BulletItems
from geo_scaffold.editors.markdown.examples import ExampleProperties
from geo_scaffold.editors.markdown.tables import TableRows
from geo_scaffold.editors.pot import Messages
from geo_scaffold.editors.ruby import ArrayElement, MethodDef
from geo_scaffold.editors.sql.statements import Statements
from geo_scaffold.editors.yaml.scalar import ScalarValue
from geo_scaffold.errors import GeoScaffoldError
from geo_scaffold.git import index
from geo_scaffold.git.commit import _parsed
from geo_scaffold.outline import breakage_of, mapping_gaps, outline_ruby, schema_gaps, table_gaps
from geo_scaffold.receipt import Receipt
from geo_scaffold.verbs.checklist.differences import different_lines
from geo_scaffold.verbs.checklist.ticks import ticks_in

TABLE: Final = "CREATE TABLE cool (\n    id bigint NOT NULL,\n    name text\n);"


class Reader(NamedTuple):
    """A reader.

    Args:
        read: What is called.
        seeds: Texts that it reads.
    """

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _ruby(content: bytes) -> None:
    text = _text(content)
    outline_ruby(text)
    breakage_of(text, "a.rb")
    for editor in (
        ArrayElement(element="::Geo::C", array="LIST", inside=("Geo",)),
        MethodDef(text="def one\n  1\nend", inside=("Geo",)),
    ):
        with suppress(GeoScaffoldError):
            after = editor.insert(text)
            assert editor.contains(after)


def _json(content: bytes) -> None:
    text = _text(content)
    breakage_of(text, "a.json")
    for editor in (ObjectProperties(("a",), (("new", "1"),)), ArrayStrings(("b",), ("new",))):
        with suppress(GeoScaffoldError):
            after = editor.insert(text)
            assert editor.contains(after)


def _yaml(content: bytes) -> None:
    text = _text(content)
    breakage_of(text, "a.yml")
    with suppress(GeoScaffoldError):
        mapping_gaps("table_name: a\n", text, fixed=frozenset({"table_name"}))
    with suppress(GeoScaffoldError):
        ScalarValue(("a",), "true", "false").insert(text)


def _markdown(content: bytes) -> None:
    text = _text(content)
    for editor in (
        TableRows("## Rows", (("`new`", "x"),)),
        BulletItems("## Items", ("`new`",)),
        ExampleProperties("key", 1, (("new", "1"),)),
    ):
        with suppress(GeoScaffoldError):
            after = editor.insert(text)
            assert editor.contains(after)


def _sql(content: bytes) -> None:
    text = _text(content)
    schema_gaps(TABLE, text)
    table_gaps(TABLE, text)
    editor = Statements((TABLE,))
    with suppress(GeoScaffoldError):
        assert editor.contains(editor.insert(text))


def _pot(content: bytes) -> None:
    editor = Messages((("Geo|New",),))
    with suppress(GeoScaffoldError):
        assert editor.contains(editor.insert(_text(content)))


def _receipt(content: bytes) -> None:
    with suppress(GeoScaffoldError):
        Receipt.load(content, "a.json")


def _journal(content: bytes) -> None:
    with suppress(GeoScaffoldError, ValueError):
        journal._parse(content)


def _git(content: bytes) -> None:
    index._ENTRY.findall(content)
    with suppress(ValueError):
        list(_parsed("0" * 40, content))


def _lines(content: bytes) -> None:
    before, _, after = content.partition(b"\n====\n")
    for path in ("a.rb", "a.sql"):
        different_lines(before, after, path)
        assert different_lines(before, before, path) == ""


READERS: Final[Mapping[str, Reader]] = {
    "ruby": Reader(
        _ruby,
        (
            b"module Geo\n  LIST = [\n    ::Geo::A\n  ].freeze\n\n  def self.x = raise A, 'x'\nend\n",
            b"class A < B\n  include C\n  scope :a, -> { b(<<~X) }\n  x\n  X\nend\n",
        ),
    ),
    "initializer": Reader(
        lambda content: read_initializer(_text(content)),
        (b"ActiveSupport::Inflector.inflections(:en) do |inflect|\n  inflect.plural(/^(ox)$/i, '\\1en')\nend\n",),
    ),
    "json": Reader(_json, (b'{"a": {"x": 1}, "b": ["c"]}', b'{\n  "a": {},\n  "b": []\n}\n')),
    "yaml": Reader(_yaml, (b"---\na: false\ntable_name: a\nb:\n- c\n", b"a: &x 'b'\nc: *x\nd: |\n  text\n")),
    "markdown": Reader(
        _markdown,
        (
            b"## Rows\n\n| a | b |\n|---|---|\n| `c` | d |\n\n## Items\n\n- `a`\n",
            b'```json\n{"key": 1}\n```\n\n<!-- x -->\n~~~\n~~~\n',
        ),
    ),
    "sql": Reader(
        _sql,
        (
            TABLE.encode()
            + b"\n\nALTER TABLE ONLY cool ADD CONSTRAINT c PRIMARY KEY (id);\n\nCREATE INDEX i ON cool (a);\n",
            b"CREATE FUNCTION f() RETURNS trigger AS $$\nBEGIN\n--;\nEND\n$$;\n\n/* ; */ SELECT 'a;''b';\n",
        ),
    ),
    "pot": Reader(_pot, (b'msgid ""\nmsgstr ""\n"a: b\\n"\n\nmsgid "Geo|A"\nmsgid_plural "b"\nmsgstr[0] ""\n\n',)),
    "receipt": Reader(_receipt, (b'{"schema": 1, "edition": "16", "answers": {"model": "A"}, "operations": []}',)),
    "journal": Reader(
        _journal, (b'{"format":1,"root":".","token":"0123456789abcdef","durable":false,"entries":[["a",null,"0"]]}',)
    ),
    "git": Reader(_git, (b"H 100644 0123456789abcdef 0\ta b\x00", b"100644 a\x00" + b"\x01" * 20)),
    "lines": Reader(_lines, (b"CREATE TABLE a (\n  b\n);\n====\nCREATE TABLE a (\n);\n",)),
    "ticks": Reader(
        lambda content: ticks_in(_text(content)), (b"- [x] `a:b`: c\n<!-- d -->\n~~~\n- [ ] `e`\n~~~\n1. [~] `f`\n",)
    ),
}
"""By the name that `fuzz.py` is given."""
