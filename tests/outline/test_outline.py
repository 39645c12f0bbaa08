"""Which spellings mean the same, and what a gap says."""

import pytest

from geo_scaffold.errors import LocatorError
from geo_scaffold.outline import breakage_of, mapping_gaps, outline_ruby, ruby_gaps, schema_gaps, table_gaps


def in_table(lines: str, constants: str = "") -> str:
    return f"class M < X\n{constants}\ndef up\ncreate_table :a do |t|\n{lines}\nend\nend\nend\n"


def gaps(wanted: str, found: str) -> list[str]:
    return [gap.what for gap in ruby_gaps(outline_ruby(wanted), outline_ruby(found))]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("module Geo\nclass A < B\nend\nend", "class Geo::A < ::B\nend"),
        ("module EE\nmodule A\nprepended do\ninclude ::Geo::X\nend\nend\nend", "class A\ninclude Geo::X\nend"),
        ("class A\nclass_methods do\ndef b\nend\nend\nend", "class A\ndef self.b\nend\nend"),
        ("class A\nclass_methods do\ndef b\nend\nend\nend", "class A\nclass << self\ndef b\nend\nend\nend"),
        ("class A\ndef self.b\nend\nend", "class A\nmodule ClassMethods\ndef b\nend\nend\nend"),
        ("class A\ndef self.b\nend\nend", "class A\nscope :b, -> { all }\nend"),
        ("class A\nMODEL_CLASS = ::M\nend", "class A\ndef self.model_class\n::M\nend\nend"),
        ("class A\ndef self.model_class\nM\nend\nend", "class A\nMODEL_CLASS = ::M\nend"),
        ("class A\ninclude X\ninclude Y\nend", "class A\ninclude X, Y\nend"),
        ("class A\nbelongs_to :b, class_name: 'B'\nend", 'class A\nbelongs_to(:b, class_name: "::B")\nend'),
        ("class A\nbelongs_to :b\nend", "class A\nbelongs_to :b, class_name: 'B', inverse_of: :a\nend"),
        (
            "describe A do\ninclude_examples 'x'\nend",
            "describe A do\ncontext 'y' do\nit_behaves_like \"x\"\nend\nend",
        ),
        ("RSpec.describe A do\nlet(:b) { 1 }\nend", "RSpec.describe A do\nlet_it_be(:b) { 2 }\nend"),
        (
            "class M\ndef change\ncreate_table :a do |t|\nt.text :b\nend\nend\nend",
            "class M\ndef up\nwith_lock_retries do\ncreate_table(:a) { |x| x.text :b, limit: 9 }\nend\nend\nend",
        ),
        (
            "FactoryBot.define do\nfactory :a do\nb\nend\nend",
            "FactoryBot.modify do\nfactory(:a) do\nassociation :b\nend\nend",
        ),
    ],
)
def test_the_same_in_another_way(wanted: str, found: str) -> None:
    assert gaps(wanted, found) == []


@pytest.mark.parametrize(
    ("wanted", "found", "message"),
    [
        ("class A < B\nend", "class A < C\nend", "`class A` inherits from C instead of B"),
        ("class A < B\nend", "class A\nend", "`class A` inherits from nothing instead of B"),
        (
            "class A\ndef self.m\n::B\nend\nend",
            "class A\ndef self.m\n::C\nend\nend",
            "`def self.m` is C instead of B",
        ),
        ("class A\ndef b\nend\nend", "class A\n# def b\nX = 'def b'\nend", "`def b`"),
        ("class A\ndef b\nend\nend", "class A\ndef self.b\nend\nend", "`def b`"),
        ("class A\nK = 1\nend", "class A\nend\nK = 1", "`K = 1`"),
        (
            "class A\nbelongs_to :b, class_name: 'C'\nend",
            "class A\nbelongs_to :b, class_name: 'D'\nend",
            "`belongs_to :b` has class_name D instead of C",
        ),
        (
            "class A\nself.table_name = 'a'\nend",
            "class A\nself.table_name = 'b'\nend",
            "`self.table_name = 'a'` is b instead of a",
        ),
    ],
)
def test_a_gap_says_what_is_missing_or_other(wanted: str, found: str, message: str) -> None:
    assert gaps(wanted, found) == [message]


def test_a_class_that_is_missing_is_one_gap() -> None:
    assert gaps("class A\ninclude B\ndef c\nend\nend", "class D\nend") == ["`class A`"]


def test_lines_to_add_are_at_the_left() -> None:
    [gap] = ruby_gaps(outline_ruby("class A\n    def b\n      1\n    end\nend"), outline_ruby("class A\nend"))
    assert gap.text == "def b\n  1\nend"


def test_a_yaml_file_by_keys_and_the_values_that_matter() -> None:
    wanted = "---\nname: a\nmilestone: '1.2'\nclasses:\n- Geo::A\n"
    assert mapping_gaps(wanted, wanted, fixed={"name", "classes"}) == []
    found = 'name: "a"\nclasses:\n  - ::Geo::A\n  - B\nmore: x # y\nmilestone: 1.3\n'
    assert mapping_gaps(wanted, found, fixed={"name", "classes"}) == []
    other = "name: b\nclasses: []\n"
    assert [gap.what for gap in mapping_gaps(wanted, other, fixed={"name", "classes"})] == [
        "`name` is b instead of a",
        "the key `milestone`",
        "`classes` is empty instead of Geo::A",
    ]
    with pytest.raises(LocatorError):
        mapping_gaps(wanted, "a: [", fixed=set())


TABLE = "CREATE TABLE t (\n    id bigint NOT NULL,\n    a text,\n    CONSTRAINT c CHECK ((a > 1))\n);"
INDEX = "CREATE UNIQUE INDEX i ON t USING btree (a NULLS FIRST) WHERE ((a = 1));"


def test_a_schema_by_what_its_statements_do() -> None:
    wanted = f"{TABLE}\n\n{INDEX}\n"
    renamed = (
        "CREATE TABLE other (\n    id bigint\n);\n\n"
        "CREATE TABLE t (\n    a text,\n    more integer,\n    id bigint,\n    CONSTRAINT x CHECK ((a > 1))\n);\n\n"
        "CREATE UNIQUE INDEX renamed ON t USING btree (a) WHERE (a = 1);\n"
    )
    assert schema_gaps(wanted, renamed) == []
    assert [gap.what for gap in schema_gaps(wanted, renamed.replace("    a text,\n", ""))] == ["the column `a` of `t`"]
    assert [gap.what for gap in schema_gaps(wanted, TABLE)] == [
        "a unique index of `t` on a NULLS FIRST where ((a = 1))"
    ]
    assert "the table `t`" in [gap.what for gap in schema_gaps(wanted, "CREATE TABLE tt (\n    id bigint\n);\n")]


BY_HAND = """\
CREATE TABLE t (
    a bigint NOT NULL,
    state smallint,
    why text,
    CONSTRAINT c CHECK ((char_length(why) <= 255))
);

ALTER TABLE ONLY t
    ADD CONSTRAINT t_pkey PRIMARY KEY (a);

CREATE UNIQUE INDEX i ON t USING btree (a);

CREATE INDEX j ON t USING btree (state) WHERE ((state = 0) OR (state = 3));
"""


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        ("<= 255", "<= 256", None),
        (
            "    why text,\n    CONSTRAINT c CHECK ((char_length(why) <= 255))\n",
            "    why character varying(255)\n",
            None,
        ),
        ("CREATE UNIQUE INDEX i ON t USING btree (a);\n", "", None),
        ("INDEX j ON t USING btree (state)", "INDEX other ON ONLY t USING btree (a, state)", None),
        ("((state = 0) OR (state = 3))", "(state = ANY (ARRAY[0, 3]))", None),
        (" WHERE ((state = 0) OR (state = 3))", "", None),
        ("    state smallint,\n", "", "the column `state` of `t`"),
        (
            ",\n    CONSTRAINT c CHECK ((char_length(why) <= 255))",
            "",
            "the check `CHECK ((char_length(why) <= 255))` of `t`",
        ),
        ("PRIMARY KEY (a)", "UNIQUE (a)", "a primary key of `t`"),
        ("OR (state = 3)", "OR (state = 4)", "an index of `t` on state where ((state = 0) OR (state = 3))"),
        ("CREATE TABLE t (", "CREATE TABLE tt (", "the table `t`"),
    ],
)
def test_a_table_that_people_made_is_asked_for_what_does_the_work(old: str, new: str, gap: str | None) -> None:
    assert old in BY_HAND
    found = table_gaps(BY_HAND, BY_HAND.replace(old, new).replace("\n", "\r\n"))
    assert [each.what for each in found] == ([gap] if gap else [])
    assert table_gaps(BY_HAND, BY_HAND.replace("    a bigint NOT NULL,\n", ""), optional={"a"}) == []


@pytest.mark.parametrize(
    ("old", "new", "is_lesser"),
    [
        (",\n    CONSTRAINT c CHECK ((char_length(why) <= 255))", "", True),
        ("UNIQUE INDEX i ON t USING btree (a)", "INDEX i ON t USING btree (a)", True),
        ("CREATE UNIQUE INDEX i ON t USING btree (a);\n", "", False),
        ("    state smallint,\n", "", False),
        ("OR (state = 3)", "OR (state = 4)", False),
    ],
)
def test_what_everything_works_without_is_a_lesser_gap(old: str, new: str, is_lesser: bool) -> None:
    # With another key, so that it does not replace the index.
    wanted = BY_HAND.replace("PRIMARY KEY (a)", "PRIMARY KEY (state)")
    assert old in wanted
    assert [table_gap.is_lesser for table_gap in table_gaps(wanted, wanted.replace(old, new))] == [is_lesser]


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n", "a.md", 2),
        ("class A\n  def b\n", "a.rb", 1),
        ('{"a": 1\n"b": 2}', "a.json", 2),
        ("a: [\nb", "a.yml", 2),
        ("a\n\0", "a.sql", 2),
    ],
)
def test_what_cannot_be_read_has_a_line(text: str, path: str, line: int) -> None:
    found = breakage_of(text, path)
    assert found is not None
    assert found.line in {line, line + 1}


@pytest.mark.parametrize(
    ("text", "path"),
    [("Heading\n=======\n", "a.md"), ("a <<~X\n  <<<<<<<\nX\n", "a.rb"), ("a: {b: 1}\n", "a.yml"), ("{}", "a.json")],
)
def test_what_can_be_read(text: str, path: str) -> None:
    assert breakage_of(text, path) is None


def test_a_check_that_a_table_lacks_is_shown_alone() -> None:
    checks = [f"CONSTRAINT check_{name} CHECK ((char_length({name}) <= 255))" for name in ("one", "two")]
    columns = "    one text,\n    two text"
    wanted = f"CREATE TABLE boilers (\n{columns},\n    {checks[0]},\n    {checks[1]}\n);"
    [gap] = table_gaps(wanted, f"CREATE TABLE boilers (\n{columns},\n    {checks[0]}\n);\n\n")
    assert gap.what == "the check `CHECK ((char_length(two) <= 255))` of `boilers`"
    assert gap.text == checks[1]


PARTIAL = "t.index :b, where: '((s = 2) AND (v = ANY (ARRAY[0, 3])))', name: NAME, order: { b: 'ASC NULLS FIRST' }"
REFERENCE = "t.references :c, null: false, index: { unique: true, name: NAME }, foreign_key: { on_delete: :cascade }"
COLUMN = "t.integer :d, default: 0, limit: 2, null: false"


@pytest.mark.parametrize(
    ("wanted", "found", "constants"),
    [
        (
            PARTIAL,
            't.index(\n:b,\nname: "n",\norder: { b: "ASC NULLS FIRST" },\nwhere: ON_SOME\n)',
            "ON_SOME = '{where}'.freeze",
        ),
        (PARTIAL, "t.index :b, name: :n, order: 'NULLS FIRST', where: 'v IN (0,3) and s = 2'", ""),
        (PARTIAL, "t.index :b, name: 'n', order: 'NULLS FIRST', where: 's = 2 AND (v = 0 OR v = 3)'", ""),
        (
            PARTIAL,
            "t.index :b, name: OTHER, order: 'NULLS FIRST', where: '((s = 2) AND ' \\\n'(v = ANY (ARRAY[0, 3])))'",
            "OTHER = 'n'.freeze",
        ),
        (PARTIAL, "t.index :b, name: 'n', order: 'NULLS FIRST', where: <<~SQL\ns = 2 AND v IN (0, 3)\nSQL", ""),
        (PARTIAL, "t.index :b, name: 'n', order: 'NULLS FIRST', where: OF_ANOTHER_FILE", ""),
        (
            REFERENCE,
            't.references :c, index: { name: "n", :unique => true }, foreign_key: {on_delete: :cascade}, null: false',
            "",
        ),
        (COLUMN, "t.integer :d, null: false, limit: 2, default: 0, comment: 'x'", ""),
        ("t.text :e, limit: 1000", "t.text :e, limit: 1_000", ""),
        ("t.text :e", "t.text :e, limit: 9, null: true, default: ''", ""),
        ("t.index :b", "t.index :b, unique: false", ""),
    ],
)
def test_options_of_a_table_in_another_way(wanted: str, found: str, constants: str) -> None:
    constants = constants.replace("{where}", "s = 2 AND v IN (0, 3)")
    assert gaps(in_table(wanted, "NAME = 'n'"), in_table(found, constants)) == []


@pytest.mark.parametrize(
    ("wanted", "old", "new", "message"),
    [
        (PARTIAL, "[0, 3]", "[0, 4]", "has `where: ((s = 2) AND (v = ANY (ARRAY[0, 4])))` instead of `where: "),
        (PARTIAL, "s = 2", "s <> 2", "instead of `where: "),
        (PARTIAL, "s = 2", "s = 3", "instead of `where: "),
        (PARTIAL, "AND", "OR", "instead of `where: "),
        (PARTIAL, "where: '((s = 2) AND (v = ANY (ARRAY[0, 3])))', ", "", "has no `where: "),
        (PARTIAL, "ASC NULLS FIRST", "DESC", "has `order: { b: DESC }` instead of `order: { b: ASC NULLS FIRST }`"),
        (PARTIAL, "NAME", "'m'", "`index :b`"),
        (PARTIAL, "name: NAME", "name: NAME, unique: true", "has `unique: true`, which it should not have"),
        (REFERENCE, "unique: true", "unique: false", "has `index: { name: n, unique: false }` instead of `index: "),
        (REFERENCE, "name: NAME", "name: 'm'", "has `index: { name: m, unique: true }` instead of `index: "),
        (REFERENCE, ":cascade", ":nullify", "has `foreign_key: { on_delete: nullify }` instead of `foreign_key: "),
        (COLUMN, "default: 0", "default: 1", "`integer :d` has `default: 1` instead of `default: 0`"),
        (COLUMN, "limit: 2", "limit: 8", "`integer :d` has `limit: 8` instead of `limit: 2`"),
        (COLUMN, "null: false", "null: true", "`integer :d` has `null: true` instead of `null: false`"),
        ("t.text :e", "t.text :e", "t.text :e, null: false", "has `null: false`, which it should not have"),
        ("t.index :b", "t.index :b", "t.index :b, where: 's = 1'", "has `where: s = 1`, which it should not have"),
    ],
)
def test_other_options_of_a_table(wanted: str, old: str, new: str, message: str) -> None:
    assert old in wanted
    [gap] = gaps(in_table(wanted, "NAME = 'n'"), in_table(wanted.replace(old, new, 1), "NAME = 'n'"))
    assert message in gap


def test_the_value_of_a_constant_of_a_table() -> None:
    [gap] = gaps(in_table("t.index :b, where: IF", "IF = 's = 1'"), in_table("t.index :b, where: IF", "IF = 's = 2'"))
    assert gap == "`index :b` has `where: s = 2` instead of `where: s = 1`"
