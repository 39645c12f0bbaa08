"""Statements among statements, in every shape."""

import pytest

from geo_scaffold.editors import Editor
from geo_scaffold.editors.ruby import (
    CallOption,
    CallStatement,
    ItStatements,
    LineAfterCalls,
    LineBeforeEnd,
    MethodDef,
    TableRow,
    WhenBranch,
)
from geo_scaffold.errors import LocatorError

IN = ("K",)
C = CallStatement(text="use :c", inside=IN)
LONG = CallStatement(text="use :c,\n      a: 1,\n      b: 2", inside=IN)
BLOCK = CallStatement(text="use :c do\n  run {\n    x\n  }\nend", inside=IN)
INCLUDE = CallStatement(text="include Geo::C", inside=IN, may_be_first=True)
TOP = CallStatement(text="use :c")
CONSTANT = LineBeforeEnd(text="C = 1", inside=IN)
TIGHT = LineBeforeEnd(text="C = 1", inside=IN, blank=False)
LAST = LineBeforeEnd(text="K.call")
BELOW = LineAfterCalls(text="C = 1", inside=IN, method="include")
METHOD = MethodDef(text="def c\n  1\nend", inside=IN)
BELOW_A = MethodDef(text="def c = 1", inside=IN, after="a")
BRANCH = WhenBranch(text="when C\n  1", inside=("m",))
ROW = TableRow(cells=("ccc", "1"))


def klass(*lines: str) -> str:
    return "\n".join(["class K", *(f"  {line}" if line else "" for line in lines), "end", ""])


def method(*lines: str) -> str:
    return "\n".join(["def m", *(f"  {line}" if line else "" for line in lines), "end", ""])


def table(*lines: str) -> str:
    return "\n".join(["where(:x, :y) do", *(f"  {line}" for line in lines), "end", ""])


@pytest.mark.parametrize(
    ("editor", "before", "after"),
    [
        # Among siblings.
        (C, klass("use :a", "use :d"), klass("use :a", "use :c", "use :d")),
        (C, klass("use :d"), klass("use :c", "use :d")),
        (C, klass("# first", "use :d, 1"), klass("use :c", "# first", "use :d, 1")),
        (C, klass("go", " ", "use :d", "", "use :e"), klass("go", " ", "use :c", "", "use :d", "", "use :e")),
        (C, klass("go # go", "use :d"), klass("go # go", "use :c", "use :d")),
        (C, klass("use :a # a", "# dee", "use :d"), klass("use :a # a", "use :c", "# dee", "use :d")),
        (C, klass("use :d", "use :a", "other :z"), klass("use :d", "use :a", "use :c", "other :z")),
        (C, klass("use :a", "", "use :b"), klass("use :a", "", "use :b", "", "use :c")),
        (C, klass("use :a", "", "use :d"), klass("use :a", "", "use :c", "", "use :d")),
        (C, klass("", "use :d", "", "use :e"), klass("", "use :c", "", "use :d", "", "use :e")),
        (C, klass("use :d", "", "use :e"), klass("use :c", "", "use :d", "", "use :e")),
        (C, klass("a", "use :d", "", "use :e"), klass("a", "use :c", "use :d", "", "use :e")),
        (C, klass("use :a", "", "# bee", "use :b"), klass("use :a", "", "# bee", "use :b", "", "use :c")),
        (C, klass("use :a", "use :b", "", "go"), klass("use :a", "use :b", "use :c", "", "go")),
        (C, klass("use :a", "go", "", "use :b"), klass("use :a", "go", "", "use :b", "use :c")),
        (C, klass("use(:a); use(:b)"), klass("use(:a); use(:b)", "use :c")),
        (C, klass("use :b if x", "use :a"), klass("use :b if x", "use :a", "use :c")),
        (C, klass("K.use :c", "use :a"), klass("K.use :c", "use :a", "use :c")),
        (C, klass("use <<~X", "  use :b", "X"), klass("use <<~X", "  use :b", "X", "use :c")),
        (
            LONG,
            klass("use :a,", "  a: 1"),
            klass("use :a,", "  a: 1", "use :c,", "  a: 1,", "  b: 2").replace("1\n  use", "1\n\n  use"),
        ),
        (LONG, klass("use :a", "use :b"), klass("use :a", "use :b", "use :c,", "  a: 1,", "  b: 2")),
        (
            LONG,
            klass("use :a,", "    1", "use :b"),
            klass("use :a,", "    1", "use :b", "use :c,", "    a: 1,", "    b: 2"),
        ),
        (BLOCK, klass("use :a"), klass("use :a", "use :c do", "  run {", "    x", "  }", "end")),
        (BLOCK, "class K\n\tuse :a\nend\n", "class K\n\tuse :a\n\tuse :c do\n\t\trun {\n\t\t\tx\n\t\t}\n\tend\nend\n"),
        (INCLUDE, klass(), klass("include Geo::C")),
        (INCLUDE, klass("a"), klass("include Geo::C", "", "a")),
        (INCLUDE, klass("", "a"), klass("", "include Geo::C", "", "a")),
        (INCLUDE, klass("# about", "a"), klass("include Geo::C", "", "# about", "a")),
        (INCLUDE, "class K # note\nend\n", "class K # note\n  include Geo::C\nend\n"),
        (
            INCLUDE,
            "class K < Struct.new(:a) do\n  end\nend\n",
            "class K < Struct.new(:a) do\n  end\n  include Geo::C\nend\n",
        ),
        (TOP, "use :a", "use :a\nuse :c"),
        (TOP, "\ufeffuse :d\r\n", "\ufeffuse :c\r\nuse :d\r\n"),
        (TOP, "use :d", "use :c\nuse :d"),
        (
            CallStatement(text="use :c", inside=("K", "self")),
            klass("class << self", "  use :a", "end"),
            klass("class << self", "  use :a", "  use :c", "end"),
        ),
        # At an end.
        (CONSTANT, klass(), klass("C = 1")),
        (CONSTANT, klass("a"), klass("a", "", "C = 1")),
        (CONSTANT, klass("a", "# end"), klass("a", "# end", "", "C = 1")),
        (CONSTANT, klass("a", ""), klass("a", "", "C = 1", "")),
        (TIGHT, klass("a", ""), klass("a", "C = 1", "")),
        (CONSTANT, "class K\n  a\nend", "class K\n  a\n\n  C = 1\nend"),
        (LAST, "", "K.call\n"),
        (LAST, "class K\nend", "class K\nend\n\nK.call"),
        (LAST, "class K\r\nend # end", "class K\r\nend # end\r\n\r\nK.call"),
        (LAST, "class K\nend\n\n\n", "class K\nend\n\nK.call\n\n\n"),
        (LAST, "class K\nend\n# end\n", "class K\nend\n# end\n\nK.call\n"),
        (LAST, "class K\nend\n__END__\nK.call\n", "class K\nend\n\nK.call\n__END__\nK.call\n"),
        (LAST, "class K\nend\n\nJ.call\n", "class K\nend\n\nJ.call\n\nK.call\n"),
        (BELOW, klass("include A"), klass("include A", "", "C = 1")),
        (BELOW, klass("include A", "", "go"), klass("include A", "", "C = 1", "", "go")),
        (BELOW, klass("include A", "go"), klass("include A", "C = 1", "go")),
        # Methods.
        (METHOD, klass("def a = 1"), klass("def a = 1", "def c", "  1", "end")),
        (METHOD, klass("def a", "  1", "end"), klass("def a", "  1", "end", "", "def c", "  1", "end")),
        (METHOD, klass("def self.c = 1"), klass("def self.c = 1", "def c", "  1", "end")),
        (BELOW_A, klass("def a = 1", "def b = 2"), klass("def a = 1", "def c = 1", "def b = 2")),
        (BELOW_A, klass("private def a = 1"), klass("private def a = 1", "def c = 1")),
        # Branches.
        (BRANCH, method("case x", "when A then 2", "end"), method("case x", "when A then 2", "when C", "  1", "end")),
        (
            BRANCH,
            method("case x", "when A", "  'when C'", "else", "  2", "end"),
            method("case x", "when A", "  'when C'", "when C", "  1", "else", "  2", "end"),
        ),
        (
            BRANCH,
            method("case x", "when A", "  2", "", "else", "  3", "end"),
            method("case x", "when A", "  2", "", "when C", "  1", "", "else", "  3", "end"),
        ),
        (
            WhenBranch(text="when C\n  1", inside=("m",), value="y"),
            method("case x", "when A then 2", "end", "case y", "when A then 2", "end"),
            method("case x", "when A then 2", "end", "case y", "when A then 2", "when C", "  1", "end"),
        ),
        # Rows.
        (
            TableRow(cells=("ccc", "1"), inside=("two",)),
            "context 'one' do\n" + table("aaa | 2") + "end\ncontext 'two' do\n" + table("aaa | 2") + "end\n",
            "context 'one' do\n" + table("aaa | 2") + "end\ncontext 'two' do\n" + table("aaa | 2", "ccc | 1") + "end\n",
        ),
        (ROW, "where_else { 1 }\n" + table("aaa | 2"), "where_else { 1 }\n" + table("aaa | 2", "ccc | 1")),
        (ROW, table("a | 2"), table("a   | 2", "ccc | 1")),
        (ROW, table("aaaa | 2", "b    | 3"), table("aaaa | 2", "b    | 3", "ccc  | 1")),
        (ROW, table("a    | 2"), table("a    | 2", "ccc  | 1")),
        (ROW, table("a   | 2"), table("a   | 2", "ccc  | 1")),
        (ROW, table("a| 2"), table("a| 2", "ccc | 1")),
        (ROW, table("aaaa | 2", "b | 3"), table("aaaa | 2", "b | 3", "ccc | 1")),
        (ROW, table("[", "  1", "] | 2"), table("[", "  1", "] | 2", "ccc | 1")),
        (ROW, table("a | 2", "# end"), table("a   | 2", "ccc | 1", "# end")),
        (ROW, table("é | '|'"), table("é   | '|'", "ccc | 1")),
        (
            ROW,
            "where(:x, :y) { a | b }\n".replace("{ ", "{\n  ").replace(" }", "\n}"),
            "where(:x, :y) {\n  a   | b\n  ccc | 1\n}\n",
        ),
    ],
)
def test_in_and_out(editor: Editor, before: str, after: str) -> None:
    assert not editor.contains(before)
    assert editor.insert(before) == after
    assert editor.contains(after)
    assert editor.insert(after) == after
    assert editor.remove(after) == before


@pytest.mark.parametrize(
    ("editor", "text", "without"),
    [
        (C, klass("use(:c)", "use :d"), klass("use :d")),
        (C, klass("use :c, a: 1 # mine", "use :d"), None),
        (C, klass("use :c; use :d"), None),
        (C, klass("use :c", "use :c"), None),
        (LONG, klass("use :a", "# mine", "use :c, x: 2"), klass("use :a", "# mine")),
        (LONG, klass("use :c,", "  # mine", "  a: 1"), None),
        (BLOCK, klass("use :a", "use :c do", "  # mine", "end"), None),
        (INCLUDE, klass("include ::Geo::C"), klass()),
        (INCLUDE, klass("include A, Geo::C"), None),
        (CONSTANT, klass("a", "", "C = 1", "", "b"), klass("a", "", "b")),
        (LAST, "class K\nend\n\nK.call # mine\n", None),
        (LineBeforeEnd(text="K.call(1, a: 2)"), "K.call 1, :a => 2", ""),
        (C, klass("use :a", "use :c, <<~X", "  x", "X"), None),
        (METHOD, klass("def a = 1", "", "private def c", "  2", "end"), klass("def a = 1")),
        (BRANCH, method("case x", "when A, ::C", "  2", "end"), None),
        (
            BRANCH,
            method("case x", "when A", "  2", "", "when C", "  1", "else", "  3", "end"),
            method("case x", "when A", "  2", "", "else", "  3", "end"),
        ),
        (BRANCH, method("case x", "when ::C then 2", "when A", "end"), method("case x", "when A", "end")),
        (ROW, table("aaaaa | 2", "ccc   | 1", "b     | 3"), table("aaaaa | 2", "b     | 3")),
        (ROW, table("ccc | 1"), table()),
        (ROW, table("a   | 2", "ccc | 1 # mine"), None),
    ],
)
def test_removal_after_other_edits(editor: Editor, text: str, without: str | None) -> None:
    assert editor.contains(text)
    assert editor.insert(text) == text
    if without is None and "when A, ::C" not in text and "A, Geo::C" not in text:
        with pytest.raises(LocatorError):
            editor.remove(text)
    elif without is not None:
        assert editor.remove(text) == without


@pytest.mark.parametrize(
    ("editor", "text", "message"),
    [
        (C, klass("other :a"), "expected another call beside which `use :c` would go, found none"),
        (CallStatement(text="use :c, 'a\n  b'", inside=IN), klass("use :a"), "would not read as before"),
        (CallStatement(text="use :c, <<~X\n  x\nX", inside=IN), klass("use :a"), "would not read as before"),
        (C, klass() + klass(), "expected `K` exactly once, found 2"),
        (C, "class K; use :a; end\n", "would not read as before"),
        (C, "class K\n  use :a end\n", "would not read as before"),
        (C, "module J\n  class L\n    use :a\n  end\nend\n", "found none"),
        (INCLUDE, "class K; end\n", "written on one line"),
        (CONSTANT, klass("C = 2"), "expected `C = 1`, found `C = 2`"),
        (BELOW, klass("extend A"), "expected a call of `include`"),
        (METHOD, klass("a"), "expected a method in `K` exactly once, found none"),
        (BELOW_A, klass("def b = 1"), "expected the method `a` in `K` exactly once, found none"),
        (BELOW_A, klass("def a = 1", "def self.a = 1"), "expected the method `a` in `K` exactly once, found 2"),
        (
            CallOption(call="use :c", name="new", text="new: 1", inside=IN, before="old", present=True),
            klass("use :c, older: 1"),
            "expected the option `old` of `use :c` in `K` exactly once, found none",
        ),
        (BRANCH, method("x"), "`case` in `m` exactly once, found none"),
        (BRANCH, method("case x", "when A", "end", "case y", "when A", "end"), "found 2"),
        (ROW, table(), "expected rows of `|` in the table of `where`, found none"),
        (ROW, table("a || b"), "found others"),
        (ROW, table("a | b | c"), "expected a table of 2 columns, found 3"),
        (ROW, table("ccc | 2"), "the row `ccc` has other cells"),
        (ROW, "where(x: 1)\n", "found none"),
        (ROW, table("a | b") + table("a | b"), "found 2"),
    ],
)
def test_blocked(editor: Editor, text: str, message: str) -> None:
    with pytest.raises(LocatorError) as caught:
        editor.insert(text)
    assert message in caught.value.message
    assert caught.value.remedy == "Paste the lines by hand."


class TestItStatements:
    EDITOR = ItStatements(
        setup="c = create(:c)",
        before="expect(C.count).to eq(0)",
        after="expect(C.count).to eq(1)",
        key="C",
        inside=("works",),
        step="subject.perform",
    )

    def example(self, *lines: str) -> str:
        return "\n".join(["it 'works' do", *(f"  {line}" for line in lines), "end", ""])

    def test_some_are_there(self) -> None:
        text = self.example(
            "a = create(:a)", "expect(::C.where(x: 1)).to be_empty", "subject.perform", "expect(A.count).to eq(1)"
        )
        assert not self.EDITOR.contains(text)
        assert self.EDITOR.insert(text) == self.example(
            "a = create(:a)",
            "c = create(:c)",
            "expect(::C.where(x: 1)).to be_empty",
            "subject.perform",
            "expect(A.count).to eq(1)",
            "expect(C.count).to eq(1)",
        )

    def test_only_assignments_are_like_an_assignment(self) -> None:
        rest = ["expect(A.count).to eq(0)", "subject.perform", "expect(A.count).to eq(1)"]
        result = self.EDITOR.insert(self.example("a = create(:a)", "create(:b)", *rest))
        assert result.splitlines()[1:4] == ["  a = create(:a)", "  c = create(:c)", "  create(:b)"]

    def test_the_same_class_on_the_other_side_is_another_statement(self) -> None:
        text = self.example("a = create(:a)", "expect(A.count).to eq(0)", "subject.perform", "expect(C.count).to eq(1)")
        assert "expect(C.count).to eq(0)" in self.EDITOR.insert(text)

    @pytest.mark.parametrize(
        ("lines", "message"),
        [
            (["a = create(:a)", "expect(A).to eq(0)", "expect(A).to eq(1)"], "expected `subject.perform` in `works`"),
            (["subject.perform", "subject.perform"], "found 2"),
            (["a = build(:a)", "expect(A).to eq(0)", "subject.perform", "expect(A).to eq(1)"], "a statement like `c ="),
            (
                ["a = create(:a)", "subject.perform", "expect(A).to eq(1)"],
                "a statement like `expect(C.count).to eq(0)`",
            ),
        ],
    )
    def test_blocked(self, lines: list[str], message: str) -> None:
        with pytest.raises(LocatorError) as caught:
            self.EDITOR.insert(self.example(*lines))
        assert message in caught.value.message


class TestCallOption:
    GONE = CallOption(call="use :c", name="old", inside=IN)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (klass("use :c, old: 1"), klass("use :c")),
            (klass("use(:c, old: 1)"), klass("use(:c)")),
            (klass("use :c, old: 1 do", "end"), klass("use :c do", "end")),
            (klass("use :c, old: 1, new: 2"), klass("use :c, new: 2")),
            (klass("use :c,", "  old: 1"), klass("use :c")),
            (klass("use :c,", "  old: 1,", "  new: 2"), klass("use :c,", "  new: 2")),
            (klass("use :c,", "  new: 2, # two", "  old: 1"), klass("use :c,", "  new: 2 # two")),
            (klass("use(", "  :c,", "  old: 1", ")"), klass("use(", "  :c", ")")),
            (klass("use(", "  :c,", "  old: 1,", ")"), klass("use(", "  :c,", ")")),
            (klass("use :c, old: {", "  a: 1", "}"), klass("use :c")),
            (klass("use :c,", "  old: {", "    a: 1", "  },", "  n: 2"), klass("use :c,", "  n: 2")),
            (
                klass("use :b, old: 1", "use :c, old: [1, 2]", "use :d, old: 1"),
                klass("use :b, old: 1", "use :c", "use :d, old: 1"),
            ),
        ],
    )
    def test_out_and_in(self, before: str, after: str) -> None:
        editor = self.GONE.captured(before)
        assert not editor.contains(before)
        assert editor.insert(before) == after
        assert editor.contains(after)
        assert editor.insert(after) == after
        assert editor.remove(after) == before
        assert self.GONE.insert(before) == after

    def test_undo_without_the_text(self) -> None:
        with pytest.raises(LocatorError, match="its text is not known"):
            self.GONE.remove(klass("use :c"))

    def test_captured_where_it_is_not_there(self) -> None:
        assert self.GONE.captured(klass("use :c")) == self.GONE

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (klass("use :b, old: 1"), "expected the call `use :c` in `K` exactly once, found none"),
            (klass("use :c", "use :c"), "found 2"),
            (klass("use :c, old: 2"), "expected `old: 1` in `use :c`, found `old: 2`"),
            (klass("use :c, old: 1, new: 2"), "is not where it was expected"),
            (klass("use :c,", "  old: 1 # mine"), "cannot be removed alone"),
            (klass("use :c,", "  # mine", "  old: 1"), "is not where it was expected"),
            (klass("use :c,old: 1"), "is not where it was expected"),
        ],
    )
    def test_blocked(self, text: str, message: str) -> None:
        editor = CallOption(call="use :c", name="old", text="old: 1", inside=IN, own_line="\n    old" in text)
        with pytest.raises(LocatorError) as caught:
            editor.insert(text)
        assert message in caught.value.message
