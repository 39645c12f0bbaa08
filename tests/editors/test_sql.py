import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors.sql.script import MAYBE_QUOTED, QUOTED, endless_line, parse, parse_part
from geo_scaffold.editors.sql.statements import Statements
from geo_scaffold.errors import LocatorError

from .laws import check_laws, check_layouts, holds_or_refuses, layouts, refused


def table(name: str) -> list[str]:
    return [
        f"CREATE TABLE {name} (\n    id bigint NOT NULL,\n    failure text,\n"
        f"    CONSTRAINT check_1 CHECK ((char_length(failure) <= 255))\n);",
        f"CREATE SEQUENCE {name}_id_seq\n    START WITH 1\n    CACHE 1;",
        f"ALTER SEQUENCE {name}_id_seq OWNED BY {name}.id;",
        f"ALTER TABLE ONLY {name} ALTER COLUMN id SET DEFAULT nextval('{name}_id_seq'::regclass);",
        f"ALTER TABLE ONLY {name}\n    ADD CONSTRAINT {name}_pkey PRIMARY KEY (id);",
        f"CREATE INDEX index_{name}_pending ON {name} USING btree (id NULLS FIRST) WHERE (state = 0);",
        f"CREATE UNIQUE INDEX index_{name}_on_id ON {name} USING btree (id);",
        f"CREATE TRIGGER {name}_loose_fk_trigger AFTER DELETE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION f();",
        f"ALTER TABLE ONLY {name}\n    ADD CONSTRAINT fk_{name} FOREIGN KEY (id) REFERENCES projects(id);",
    ]


SEMICOLONS = ";\n\n" * 40_000
FUNCTION = """\
CREATE FUNCTION f() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
-- don't stop here;

CREATE TABLE cool_widget_states (
    id bigint
);

RETURN NEW;

END
$$;"""
HEAD = [
    "CREATE SCHEMA gitlab_partitions_static;",
    "COMMENT ON SCHEMA gitlab_partitions_static IS 'It''s;\n\nCREATE TABLE cool_widget_states (id bigint);\n\n';",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm;",
    FUNCTION,
]
ORDER = (r"CREATE (TABLE|SEQUENCE)|ALTER SEQUENCE", "SET DEFAULT", "PRIMARY KEY", "INDEX", "TRIGGER", "FOREIGN KEY")


def dump(*names: str) -> str:
    """Return what pg_dump would write for tables, computed apart from the editor."""
    statements = [statement for name in names for statement in table(name)]

    def position(statement: str) -> tuple[int, str, int]:
        kind = next(number for number, pattern in enumerate(ORDER) if re.search(pattern, statement))
        first = statement.rsplit("\n    ADD CONSTRAINT ", maxsplit=1)[-1]
        name = re.sub(r"^(CREATE|ALTER|UNIQUE|TABLE|ONLY|SEQUENCE|INDEX|TRIGGER)\b ?", "", first)
        while name != first:
            first, name = name, re.sub(r"^(CREATE|ALTER|UNIQUE|TABLE|ONLY|SEQUENCE|INDEX|TRIGGER)\b ?", "", name)
        return kind, name.split()[0], int("OWNED BY" in statement)

    return "\n\n".join([*HEAD, *sorted(statements, key=position)]) + "\n"


NAMES = ("alpha_states", "beta", "beta_details", "project_states", "zoo")


def test_a_table_goes_where_pg_dump_puts_it() -> None:
    editor = Statements(tuple(table("cool_widget_states")))
    check_layouts(editor, dump(*NAMES), dump(*NAMES, "cool_widget_states"))


@pytest.mark.parametrize("name", ["a", "beta_d", "beta_id", "zz", "project_stat"])
def test_every_table_can_be_derived_again(name: str) -> None:
    assert check_laws(Statements(tuple(table(name))), dump(*NAMES)) == dump(*NAMES, name)


def test_a_sequence_whose_name_was_cut_still_comes_after_its_table() -> None:
    name = "beta_" + "x" * 50
    cut = f"{name[:-2]}_id_seq"
    statements = [statement.replace(f"{name}_id_seq", cut) for statement in table(name)]
    new = check_laws(Statements(tuple(statements)), dump(*NAMES))
    assert new.replace(cut, f"{name}_id_seq") == dump(*NAMES, name)
    # The table is where its sequence sorts, so what is between the two names comes after both.
    between = f"{name[:-1]}a"
    new = check_laws(Statements((f"CREATE TABLE {between} (\n    id bigint\n);",)), new)
    assert new.index(f"TABLE {name} ") < new.index(f"OWNED BY {name}.id") < new.index(f"TABLE {between}")


def test_schemas_sort_before_names() -> None:
    part = "CREATE TABLE gitlab_partitions_static.zoo_01 (\n    id bigint\n);\n\n"
    first = table("alpha_states")[0]
    before = dump(*NAMES).replace(first, part + first)
    assert check_laws(Statements(tuple(table("a"))), before).replace(part, "") == dump(*NAMES, "a")
    assert part + table("a")[0] in Statements(tuple(table("a"))).insert(before)
    moved = "CREATE TABLE moved (\n    id bigint\n);\n\n"
    before = before.replace(part, moved + part)
    assert part + table("a")[0] in check_laws(Statements(tuple(table("a"))), before)


def test_settings_stay_first() -> None:
    assert Statements((table("a")[0],)).insert("SET x = 1;\n") == f"SET x = 1;\n\n{table('a')[0]}\n"
    extensions = "CREATE EXTENSION a;\n\nALTER INDEX i ATTACH PARTITION p.i;\n\nCREATE TRIGGER t AFTER DELETE ON b;\n"
    new = Statements((table("a")[0], table("a")[5])).insert(extensions)
    order = ("EXTENSION", "CREATE TABLE", "CREATE INDEX", "ALTER INDEX", "TRIGGER")
    assert [new.index(each) for each in order] == sorted(new.index(each) for each in order)


def test_quotes_do_not_sort() -> None:
    index = 'CREATE UNIQUE INDEX "index_beta_on_LOWER_name" ON beta USING btree (lower(name));'
    new = check_laws(Statements((index,)), dump(*NAMES))
    assert f"CREATE UNIQUE INDEX index_beta_on_id ON beta USING btree (id);\n\n{index}" not in new
    assert new.index("index_beta_details_pending") < new.index("index_beta_on_LOWER") < new.index("index_beta_on_id")
    later = "CREATE INDEX index_beta_on_a ON beta USING btree (a);"
    assert f"{index}\n\n{later}" in check_laws(Statements((later,)), new)


def test_the_order_of_the_arguments_does_not_count() -> None:
    assert Statements(tuple(table("cool")[::-1])).insert(dump(*NAMES)) == dump(*NAMES, "cool")


def test_a_kind_that_is_not_there_yet_comes_where_pg_dump_has_it() -> None:
    editor = Statements(tuple(table("cool")))
    assert check_laws(editor, "\n\n".join(HEAD) + "\n") == dump("cool")
    assert check_laws(editor, "") == dump("cool").removeprefix("\n\n".join(HEAD) + "\n\n")
    no_keys = dump(*NAMES)[: dump(*NAMES).index("CREATE TRIGGER")]
    assert check_laws(Statements(tuple(table("cool")[:-2])), no_keys).count("cool_pkey") == 1


def test_what_belongs_to_a_statement_stays_with_it() -> None:
    comment = "COMMENT ON TABLE beta_details IS 'It;\n\nis';\n\n"
    sequence = "CREATE SEQUENCE beta_details_id_seq"
    before = dump(*NAMES).replace(sequence, comment + sequence)
    assert check_laws(Statements(tuple(table("beta_detailz"))), before) == dump(*NAMES, "beta_detailz").replace(
        sequence, comment + sequence
    )


def test_what_pg_dump_moves_forward_does_not_mislead() -> None:
    # Partitions come before what they are parts of, and tables before the functions that use them.
    moved = "CREATE TABLE zz_used_by_function (\n    id bigint\n);\n\n"
    parts = "CREATE TABLE gitlab_partitions_static.zoo_01 (\n    id bigint\n);\n\n"
    before = (
        dump(*NAMES)
        .replace("CREATE FUNCTION", moved + "CREATE FUNCTION")
        .replace("CREATE TABLE alpha", parts + "CREATE TABLE alpha")
    )
    new = check_laws(Statements(tuple(table("cool"))), before)
    assert new.replace(moved, "").replace(parts, "") == dump(*NAMES, "cool")


def test_indexes_of_partitions_are_sorted_by_schema() -> None:
    part = "CREATE INDEX index_000 ON gitlab_partitions_static.zoo_01 USING btree (id);\n\n"
    attach = "ALTER INDEX index_zoo ATTACH PARTITION gitlab_partitions_static.zoo_01_index;\n\n"
    before = dump(*NAMES).replace("CREATE UNIQUE INDEX index_alpha", part + "CREATE UNIQUE INDEX index_alpha")
    before = before.replace("CREATE TRIGGER alpha", attach + "CREATE TRIGGER alpha")
    for name in ("a", "cool", "zz"):
        new = check_laws(Statements(tuple(table(name))), before)
        assert new.replace(part, "").replace(attach, "") == dump(*NAMES, name)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE cool (\n    id   bigint\n);\n",
        "CREATE TABLE cool (id bigint);\n",
        "-- a comment; \n\nCREATE TABLE cool (\n    id bigint\n);\n",
        "CREATE TABLE x (\n    c text DEFAULT ';\n\n'::text\n);\n\nCREATE TABLE cool (\n    id bigint\n);",
    ],
)
def test_white_space_does_not_count(text: str) -> None:
    assert Statements(("CREATE TABLE cool (\n    id bigint\n);",)).contains(text) == ("(id" not in text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE TABLE cool (\n    id integer\n);\n", "`CREATE TABLE cool (id ...` has another definition"),
        ("CREATE TABLE cool (id bigint);\n\nCREATE TABLE cool (id bigint);\n", "appears more than once"),
        ("CREATE VIEW x AS SELECT 'open;\n\n", "the statement on line 1 has no end"),
        ("SELECT 1;\n\nSELECT 2\n\nCREATE $$ x;\n\n", "the statement on line 3 has no end"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    refused(Statements(("CREATE TABLE cool (id bigint);",)), text, message)


def test_a_statement_without_a_place_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no place is known"):
        Statements(("DROP TABLE x;",)).insert(dump(*NAMES))
    with pytest.raises(ValueError, match="no place is known"):
        Statements(("COMMENT ON TABLE x IS 'y';",)).contains(dump(*NAMES))


def test_statements_end_where_postgresql_ends_them() -> None:
    text = f"\ufeff{FUNCTION}\n\nSELECT $x$;\n\n$y$;\n\n$x$, \"a;\n\n'b\";\n\n/* don't;\n\n */\nSELECT 2;\n\n-- x'\n"
    assert [statement.text.split("\n")[0] for statement in parse(text)] == [
        "CREATE FUNCTION f() RETURNS trigger",
        "SELECT $x$;",
        "SELECT 2;",
    ]


def test_missing_statements_are_added_to_those_that_are_there() -> None:
    editor = Statements(tuple(table("cool")))
    partly = Statements(tuple(table("cool")[2:6]))
    text = partly.insert(dump(*NAMES))
    assert not editor.contains(text)
    assert editor.insert(text) == dump(*NAMES, "cool")
    assert editor.remove(text) == dump(*NAMES)


def test_a_statement_out_of_its_order_is_found() -> None:
    editor = Statements(tuple(table("cool")))
    text = dump(*NAMES, "cool")
    for moved in table("cool"):
        assert moved in text
        for before in (table("alpha_states")[4], table("zoo")[8], table("beta")[6]):
            elsewhere = text.replace(f"{moved}\n\n", "").replace(before, f"{moved}\n\n{before}")
            assert editor.contains(elsewhere)
            assert editor.insert(elsewhere) == elsewhere
            assert editor.remove(elsewhere) == dump(*NAMES)


def test_remove_works_after_edits_around() -> None:
    editor = Statements(tuple(table("cool")))
    text = dump(*NAMES, "cool", "coolest").replace("zoo", "zoom")
    assert editor.remove(text) == dump(*NAMES, "coolest").replace("zoo", "zoom")


def test_a_statement_with_a_comment_before_it_is_kept() -> None:
    from geo_scaffold.errors import LocatorError

    text = "CREATE TABLE a (id bigint);\n\n-- why\nCREATE TABLE cool (id bigint);\n"
    with pytest.raises(LocatorError, match="a comment is before"):
        Statements(("CREATE TABLE cool (id bigint);",)).remove(text)


PARTS = st.sampled_from(
    [
        *HEAD,
        *table("m"),
        *table("c_1"),
        "SELECT 1;",
        "-- note\nSELECT 2;",
        "COMMENT ON TABLE m IS 'x';",
        "BROKEN",
        "'",
        "$$",
    ]
)


@given(
    st.lists(PARTS, max_size=8),
    st.sampled_from(["\n\n", "\n\n\n", "\n", "\n \n"]),
    st.integers(0, 7),
    st.sets(st.integers(0, 8), min_size=1),
)
def test_files_of_any_shape(parts: list[str], between: str, layout: int, chosen: set[int]) -> None:
    text = layouts(between.join(parts) + "\n" if parts else "")[layout]
    editor = Statements(tuple(table("cool")[number] for number in sorted(chosen)))
    new = holds_or_refuses(editor, text)
    if new is not None:
        assert len(parse(new)) == len(parse(text)) + len(chosen)
        assert parse(new) == parse_part(new)  # the first is what the edit knew of its result
        old = editor.remove(new)
        assert parse(old) == parse_part(old)


@given(
    st.sets(st.text(alphabet="abc_", min_size=1, max_size=4), min_size=1, max_size=5),
    st.text(alphabet="abc_", min_size=1, max_size=4),
)
def test_tables_of_any_name(names: set[str], new: str) -> None:
    others = sorted(names - {new})
    assert check_laws(Statements(tuple(table(new))), dump(*others)) == dump(*others, new)


def test_a_sequence_whose_table_was_moved_forward_sorts_by_its_own_name() -> None:
    # A partitioned table comes early, before its partitions; its sequence is not moved with it.
    moved = "CREATE TABLE p_beta (\n    id bigint\n)\nPARTITION BY LIST (id);\n\n"
    sequence = (
        "CREATE SEQUENCE beta_details_seq\n    CACHE 1;\n\nALTER SEQUENCE beta_details_seq OWNED BY p_beta.id;\n\n"
    )
    before = dump(*NAMES).replace("CREATE TABLE alpha", f"{moved}CREATE TABLE alpha")
    before = before.replace("CREATE SEQUENCE beta_id_seq", f"{sequence}CREATE SEQUENCE beta_id_seq")
    for name in ("beta_dz", "beta_e", "d"):
        new = check_laws(Statements(tuple(table(name))), before)
        assert new.replace(moved, "").replace(sequence, "") == dump(*NAMES, name)
        assert new.index(sequence) < new.index(f"CREATE TABLE {name} ")


def test_a_table_with_a_prefix_is_where_its_sequence_sorts() -> None:
    pair = (
        "CREATE TABLE p_beta (\n    id bigint\n);",
        "CREATE SEQUENCE beta_details_seq\n    CACHE 1;",
        "ALTER SEQUENCE beta_details_seq OWNED BY p_beta.id;",
    )
    text = check_laws(Statements(pair), dump(*NAMES))
    joined = "\n\n".join(pair) + "\n\n"
    assert f"OWNED BY beta_details.id;\n\n{joined}CREATE SEQUENCE beta_id_seq" in text
    for name in ("beta_da", "beta_dz", "beta_e", "d", "p_alpha"):
        assert check_laws(Statements(tuple(table(name))), text).replace(joined, "") == dump(*NAMES, name)


@pytest.mark.parametrize("opening", ["'", '"', "$$", "$a$", "/*", "'$a$' /*"])
def test_what_has_no_end_is_read_once(opening: str) -> None:
    """With a look from its beginning at each semicolon in it, this does not end."""
    with pytest.raises(LocatorError, match="the statement on line 1 has no end"):
        parse(f"SELECT {opening}{SEMICOLONS}")


@pytest.mark.parametrize(
    ("opening", "closing"), [("'", "'"), ('"', '"'), ("$$", "$$"), ("$a$", "$b$ $a$"), ("/*", "/**/"), ("--'", "\n")]
)
def test_what_hides_the_ends_of_statements(opening: str, closing: str) -> None:
    hidden = f"SELECT {opening} ;\n\n".replace("--' ;\n\n", "--' ;") + f"x{closing};"
    assert [each.text for each in parse(f"{hidden}\n\nSELECT 2;\n")] == [hidden, "SELECT 2;"]


@given(st.lists(st.sampled_from(["'", '"', "$", "$$", "$a$", "--", "-", "/", "/*", "*/", "\n", ";", "x"]), max_size=12))
def test_the_first_that_never_ends_is_found(parts: list[str]) -> None:
    text = "".join(parts) + ";\n"
    at, first = 0, None
    while first is None and (begins := MAYBE_QUOTED.search(text, at)):  # one after the other
        found = QUOTED.match(text, begins.start())
        first = begins.start() if found and found["open"] else None
        at = found.end() if found else begins.end()
    if first is not None:
        assert endless_line(text) == text.count("\n", 0, first) + 1
    elif ";" in text[at:]:  # else the end of the last statement may be in a comment
        assert endless_line(text) is None
