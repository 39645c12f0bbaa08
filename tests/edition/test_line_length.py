"""Lines over the limit are broken where Ruby's meaning does not change; others stay as they are."""

import pytest

from geo_scaffold.edition.line_length import wrap_ruby


@pytest.mark.parametrize(
    ("long", "broken"),
    [
        ("  t.index :a, name: :b, unique: true\n", "  t.index :a,\n    name: :b,\n    unique: true\n"),
        (
            "t.references :a, default: nil, foreign_key: { to_table: :b, on_delete: :cascade }\n",
            "t.references :a,\n  default: nil,\n  foreign_key: {\n    to_table: :b,\n    on_delete: :cascade\n  }\n",
        ),
        ("  RSpec.describe A, :geo, b: :c do\n", "  RSpec.describe A,\n    :geo,\n    b: :c do\n"),
        ("  joins(:a).where.not(b: { c: nil })\n", "  joins(:a)\n    .where.not(\n      b: { c: nil }\n    )\n"),
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
        ("  .a(bc: { d: e(f, g) })\n", "  .a(\n    bc: {\n      d: e(f, g)\n    }\n  )\n"),
        ("  .a(bcdef: { g: hijk(lm) })\n", "  .a(\n    bcdef: {\n      g: hijk(lm)\n    }\n  )\n"),
        ("let(:a) { create(:bcde) }\n", "let(:a) do\n  create(:bcde)\nend\n"),
        ("  widget # with one, or two\n", "  # with one, or two\n  widget\n"),
        ("a b: { cdef: 1 }, g: :hij\n", "a b: { cdef: 1 },\n  g: :hij\n"),
        ("a :b, c: { defg: hijk, l: 1 }, m: 1\n", "a :b,\n  c: {\n    defg: hijk,\n    l: 1\n  },\n  m: 1\n"),
        ("x = 1\n\n", "x = 1\n\n"),
    ],
)
def test_a_long_line(long: str, broken: str) -> None:
    assert wrap_ruby(long, limit=20) == broken


def test_a_line_at_the_limit_stays() -> None:
    line = "t.index :a, name: :b\n"
    assert wrap_ruby(line, limit=20) == line
    assert wrap_ruby(line, limit=19) != line
