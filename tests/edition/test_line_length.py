"""Lines over the limit are broken where Ruby's meaning does not change; others stay as they are."""

import pytest

from geo_scaffold.edition.line_length import wrap_ruby


@pytest.mark.parametrize(
    ("long", "broken"),
    [
        ("  t.index :a, name: :b, unique: true\n", "  t.index :a,\n    name: :b,\n    unique: true\n"),
        (
            "t.references :a, default: nil, foreign_key: { to_table: :b, on_delete: :cascade }\n",
            "t.references :a,\n  default: nil,\n  foreign_key: { to_table: :b, on_delete: :cascade }\n",
        ),
        ("  RSpec.describe A, :geo, b: :c do\n", "  RSpec.describe A,\n    :geo,\n    b: :c do\n"),
        ("  joins(:a).where.not(b: { c: nil })\n", "  joins(:a)\n    .where.not(b: { c: nil })\n"),
        ("  widget # A comment, long\n", "  # A comment, long\n  widget\n"),
        ("  code # rubocop:disable A/B -- c\n", "  code # rubocop:disable A/B -- c\n"),
        ("  state { call_it(:bc) }\n", "  state do\n    call_it(:bc)\n  end\n"),
        ("delegate(*Methods, to: :state)\n", "delegate(*Methods,\n  to: :state)\n"),
        ("  Geo::Widget.value(:b)\n", "  Geo::Widget\n    .value(:b)\n"),
        ("  call 'one, two', \"a, b\", :c\n", "  call 'one, two',\n    \"a, b\",\n    :c\n"),
        ("  # one two three four five six\n", "  # one two three\n  # four five six\n"),
        (
            "# rubocop:disable Graphql/AuthorizeTypes -- because\n",
            "# rubocop:disable Graphql/AuthorizeTypes -- because\n",
        ),
        ("note 'a long text with'\n", "note 'a long ' \\\n     'text with'\n"),
        ("note 'alongtextwithoutaplace'\n", "note 'alongtextwithoutaplace'\n"),
        ("  .where(a: { b: c(d) })\n", "  .where(\n    a: { b: c(d) }\n  )\n"),
        ("  .where(a: { bcde: f(g) })\n", "  .where(\n    a: {\n      bcde: f(g)\n    }\n  )\n"),
        ("x = 1\n\n", "x = 1\n\n"),
    ],
)
def test_a_long_line(long: str, broken: str) -> None:
    assert wrap_ruby(long, limit=20) == broken


def test_a_line_at_the_limit_stays() -> None:
    line = "t.index :a, name: :b\n"
    assert wrap_ruby(line, limit=20) == line
    assert wrap_ruby(line, limit=19) != line
