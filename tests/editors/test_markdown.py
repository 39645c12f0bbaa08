import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_scaffold.editors import Editor
from geo_scaffold.editors.markdown.bullets import BulletItems
from geo_scaffold.editors.markdown.examples import ExampleProperties
from geo_scaffold.editors.markdown.page import parse
from geo_scaffold.editors.markdown.tables import TableRows
from geo_scaffold.errors import LocatorError

from .laws import added, check_laws, check_layouts, holds_or_refuses, is_one_insertion, layouts, refused

METRICS = """\
---
title: Metrics
## Not a heading: front matter
---

# Metrics

## Other metrics

| Metric | Type |
|--------|------|
| `geo_m` | Gauge |

## Sidekiq metrics

The following metrics:

```markdown
## Sidekiq metrics
| Metric | Type |
|--------|------|
```

<!--
## Sidekiq metrics
-->

| Metric          | Type  | Labels | Description |
|:----------------|:------|--------|:------------|
| `geo_a_synced`  | Gauge | `url`  | Synced |
| `geo_a`         | Gauge | `url`  | Number of a \\| b |
| `geo_c_synced`  | Gauge |        | Synced c, which is long |
| `geo_c`         | Gauge |        | Number |
| `geo_z`         | Gauge | `url`  | Number |

Text | with | pipes

## More metrics
"""
ROWS = (("`geo_b`", "Gauge", "`url`", "New"), ("`geo_b_sync`", "Gauge", "", "Also new"))


def test_rows_are_padded_like_their_neighbours() -> None:
    before = "| `geo_c_synced`  |"
    rows = "| `geo_b`         | Gauge | `url`  | New |\n| `geo_b_sync`    | Gauge |        | Also new |\n"
    check_layouts(TableRows("## Sidekiq metrics", ROWS, order="block"), METRICS, METRICS.replace(before, rows + before))


def test_a_group_whose_last_row_is_out_of_order_is_not_torn() -> None:
    lines = added(METRICS, check_laws(TableRows("## Sidekiq metrics", ROWS, order="sorted"), METRICS))
    assert [line.split()[1] for line in lines] == ["`geo_b_sync`", "`geo_b`"]
    table = METRICS.replace("`geo_b", "`geo_d")
    new = check_laws(TableRows("## Sidekiq metrics", (("`geo_d`", "Gauge", "", "x"),), order="block"), table)
    assert "| `geo_c`         | Gauge |        | Number |\n| `geo_d` " in new


def test_a_table_is_padded_again_for_a_wider_cell() -> None:
    text = "# T\n\n| A   | B |\n|:----|--:|\n| abc | d |\n| e   |   |\n"
    after = "# T\n\n| A     | B    |\n|:------|-----:|\n| abc   | d    |\n| e     |      |\n| wider | cell |\n"
    check_layouts(TableRows("# T", (("wider", "cell"),)), text, after)


@pytest.mark.parametrize(
    ("table", "row", "after"),
    [
        ("| A |\n| --- |\n| b |\n", ("c",), "| A |\n| --- |\n| b |\n| c |\n"),
        ("| A |\n|---|\n", ("c",), "| A |\n|---|\n| c |\n"),
        # A loose column is unchanged: removal could not know whether to narrow it.
        ("| A      |\n|--------|\n", ("abcdefghi",), "| A      |\n|--------|\n| abcdefghi |\n"),
        ("| A      |\n|--------|\n", ("abcdef",), "| A      |\n|--------|\n| abcdef  |\n"),
        ("| A      |\n|--------|\n", ("abc",), "| A      |\n|--------|\n| abc    |\n"),
        # One row that sticks out does not make the others wider.
        ("| A   |\n|-----|\n| b   |\n| cdefgh |\n", ("ij",), "| A   |\n|-----|\n| b   |\n| cdefgh |\n| ij  |\n"),
        ("| `a \\| b` | B |\n|---|---|\n", ("x \\| y", "z"), "| `a \\| b` | B |\n|---|---|\n| x \\| y | z |\n"),
        ("  | A |\n  |---|\n  | b |\n", ("c",), "  | A |\n  |---|\n  | b |\n  | c |\n"),
        ("| A |\n|---|\n| b |\n\n    | x |\n    |---|\n\ntext | text\n", ("c",), None),
    ],
)
def test_tables_of_other_shapes(table: str, row: tuple[str, ...], after: str | None) -> None:
    editor = TableRows("# T", (row,))
    text = f"# T\n\n{table}"
    if after is None:
        refused(editor, text, "one table was expected under `# T`, 2 are there")
    else:
        assert check_laws(editor, text) == f"# T\n\n{after}"


def test_rows_go_after_a_group() -> None:
    text = "# T\n\n| T    | F |\n|------|---|\n| Git  | a |\n| Blob | b |\n| Blob | c |\n| Cont | d |\n"
    editor = TableRows("# T", (("Blob", "x"), ("Blob", "y")), after="Blob | ")
    assert check_laws(editor, text) == text.replace("| Cont", "| Blob | x |\n| Blob | y |\n| Cont")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the heading `## T` was expected once, but appears 0 times"),
        ("## T\n\n## T\n", "the heading `## T` was expected once, but appears 2 times"),
        ("# T\n### T\n```\n## T\n```\n<!-- ## T -->\n", "but appears 0 times"),
        ("## T\n\ntext\n", "one table was expected under `## T`, 0 are there"),
        ("## T\n\n### U\n\n| A | B |\n|---|---|\n", "one table was expected under `## T`, 0 are there"),
        ("## T\n```\n| A | B |\n|---|---|\n```\n", "one table was expected under `## T`, 0 are there"),
        ("## T\n\n| A | B |\n|---|\n", "one table was expected under `## T`, 0 are there"),
        ("## T\n\n| A | B |\n|---|---|\n\n| A | B |\n|---|---|\n", "one table was expected under `## T`, 2 are there"),
        ("## T\n\n| A |\n|---|\n", "expected to have 2 columns, it has 1"),
        (
            "## T\n\n| A | B |\n|---|---|\n| a | b |\n|a|b|\n",
            "the row of `a` is in the table under",
        ),
    ],
)
def test_tables_that_do_not_exist_exactly_once_are_refused(text: str, message: str) -> None:
    refused(TableRows("## T", (("a", "b"),)), text, message)


def test_a_cell_that_would_be_two_is_refused() -> None:
    refused(TableRows("## T", (("a | b",),)), "## T\n\n| A |\n|---|\n", "would not read as before")


def test_remove_takes_rows_out_after_edits_around() -> None:
    editor = TableRows("## Sidekiq metrics", ROWS, order="block")
    text = editor.insert(METRICS).replace("| `geo_b_sync`", "| `own`           | x | y | z |\n| `geo_b_sync`")
    assert editor.remove(text) == METRICS.replace(
        "| `geo_c_synced`", "| `own`           | x | y | z |\n| `geo_c_synced`"
    )


LIST = """\
# Models

- `a` of another section

## Names

The name must be one of:

- `ci_files`
- `projects`
- `uploads`

Supported attributes:

* **Blob types**:
  - `Geo::A`
  - `Geo::C`,
    with more text

  - `Geo::E`
* **Git types**:
  - `Geo::A`

```ruby
- `code`
```
"""


@pytest.mark.parametrize(
    ("editor", "anchor", "line"),
    [
        (BulletItems("## Names", ("`cool`",), "The name", order="sorted"), "- `projects`", "- `cool`"),
        (BulletItems("## Names", ("`a`",), "The name", order="sorted"), "- `ci_files`", "- `a`"),
        (BulletItems("## Names", ("`zz`",), "The name", order="sorted"), "\nSupported", "- `zz`"),
        (BulletItems("## Names", ("`zz`",), "The name"), "\nSupported", "- `zz`"),
        (BulletItems("## Names", ("`zz`",), "The name", after="`ci"), "- `projects`", "- `zz`"),
        (BulletItems("## Names", ("`Geo::D`",), "**Blob", order="sorted"), "\n  - `Geo::E`", "  - `Geo::D`"),
        (BulletItems("## Names", ("`Geo::D`",), "**Blob"), "* **Git", "  - `Geo::D`"),
        (BulletItems("## Names", ("`Geo::D`",), "**Git"), "\n```ruby", "  - `Geo::D`"),
    ],
)
def test_items_go_to_their_list(editor: BulletItems, anchor: str, line: str) -> None:
    check_layouts(editor, LIST, LIST.replace(anchor, f"{line}\n{anchor}"))


@pytest.mark.parametrize(
    ("editor", "text", "message"),
    [
        (BulletItems("## Names", ("x",)), LIST, "one list was expected under `## Names`, 4 are there"),
        (
            BulletItems("## Names", ("x",), "The code"),
            LIST,
            "under `## Names` after `The code`, 0",
        ),
        (BulletItems("## Other", ("x",)), LIST, "the heading `## Other` was expected once"),
        (BulletItems("## Names", ("x",)), "## Names\n\ntext\n", "0 are there"),
        (BulletItems("## Names", ("x",)), "## Names\n\n```\n- code\n```\n", "0 are there"),
        (
            BulletItems("## Names", ("x",)),
            "## Names\n\n- x\n- x\n",
            "`x` is in the list under",
        ),
        (BulletItems("## Names", ("x\n# y",)), "## Names\n\n- a\n", "would not read as before"),
    ],
)
def test_lists_that_do_not_exist_exactly_once_are_refused(editor: BulletItems, text: str, message: str) -> None:
    refused(editor, text, message)


def test_an_item_with_more_text_is_kept() -> None:
    with pytest.raises(LocatorError, match="cannot be removed alone"):
        BulletItems("# T", ("x",)).remove("# T\n\n- a\n- x\n  more\n")
    with pytest.raises(LocatorError, match="cannot be removed alone"):
        BulletItems("# T", ("x",)).remove("# T\n\n- x\n")


EXAMPLES = """\
# Nodes

```json
{"files_count": 1, "lag": "in text, not an example"
```

Example:

```json
[
    {
        "lag": 0,
        "files_count": 5,
        "files_synced": null,
        "files_count_2": 1,
        "jobs_count": 5, "jobs_count": 6
    },
    {
        "lag": 1,
        "files_count": 5
    }
]
```

```ruby
{
  "lag": 0,
  "files_count": 5
}
```

1. In a list:

   ```json
   {
     "lag": 2,
     "links": {"files_count": "other"},
     "files_count": 5
   }
   ```
"""
PROPERTIES = (("cool_count", "5"), ("cool_synced", '"100.00%"'))


def test_each_example_gets_the_block_after_its_neighbour() -> None:
    editor = ExampleProperties("lag", 3, PROPERTIES, after="files_")
    expected = EXAMPLES
    for anchor, indent in (('"files_count_2": 1', " " * 8), ('"lag": 1,\n        "files_count": 5', " " * 8)):
        block = "".join(f',\n{indent}"{key}": {value}' for key, value in PROPERTIES)
        expected = expected.replace(anchor, anchor + block)
    block = "".join(f',\n     "{key}": {value}' for key, value in PROPERTIES)
    expected = expected.replace('"other"},\n     "files_count": 5', f'"other"}},\n     "files_count": 5{block}')
    check_layouts(editor, EXAMPLES, expected)


def test_an_example_that_has_a_property_keeps_its_value() -> None:
    text = EXAMPLES.replace('"lag": 1,', '"lag": 1,\n        "cool_count": null,')
    editor = ExampleProperties("lag", 3, PROPERTIES[:1], after="files_")
    assert not editor.contains(text)
    new = editor.insert(text)
    assert editor.contains(new)
    assert editor.insert(new) == new
    assert new.count('"cool_count": 5') == 2
    assert editor.remove(new) == text


@pytest.mark.parametrize(
    ("editor", "text", "message"),
    [
        (
            ExampleProperties("lag", 2, PROPERTIES),
            EXAMPLES,
            "2 JSON examples with the key `lag` were expected",
        ),
        (ExampleProperties("lag", 1, PROPERTIES), '```yaml\n{"lag": 1}\n```\n', "but there are 0"),
        (ExampleProperties("lag", 1, PROPERTIES), '{"lag": 1}\n', "but there are 0"),
        (
            ExampleProperties("lag", 3, PROPERTIES, after="q"),
            EXAMPLES,
            "begins with `q` was expected, but there is none",
        ),
        (
            ExampleProperties("lag", 1, PROPERTIES),
            '```json\n{"lag": 1, "cool_count": 1, "cool_count": 2}\n```',
            "`cool_count` appears more than once",
        ),
    ],
)
def test_examples_that_are_not_as_expected_are_refused(editor: Editor, text: str, message: str) -> None:
    refused(editor, text, message)


def test_fences_end_where_markdown_ends_them() -> None:
    text = "````json\n```\n````\n~~~ json\n```\n~~~\n```json title\nx\n``` not the end\n```\n``inline``\n```json\nopen"
    page = parse(text)
    held = [(fence.language, text[fence.start : fence.end]) for fence in page.fences]
    assert held == [("json", "```\n"), ("json", "```\n"), ("json", "x\n``` not the end\n"), ("json", "open")]
    assert [line.text for line in page.lines if line.is_text] == ["``inline``"]


CELLS = st.sampled_from(["a", "`b`", "", "long text here", "x \\| y", "é", "<sup>1</sup>", ":-:", "---"])
NOISE = st.sampled_from(
    ["text\n", "\n", "- item\n", "```\n# T\n| a | b |\n```\n", "<!-- # T -->\n", "| one |\n", "> quote\n"]
)


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), max_size=5),
    new=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=3, unique=True),
    widths=st.tuples(st.integers(0, 18), st.integers(0, 18)),
    ragged=st.integers(0, 6),
    before=st.lists(NOISE, max_size=3),
    after=st.lists(NOISE, max_size=3),
    order=st.sampled_from(["end", "sorted", "block"]),
    layout=st.integers(0, 7),
)
def test_tables_of_any_width(
    rows: list[tuple[str, str]],
    new: list[tuple[str, str]],
    widths: tuple[int, int],
    ragged: int,
    before: list[str],
    after: list[str],
    order: Any,
    layout: int,
) -> None:
    def line(number: int, cells: tuple[str, str]) -> str:
        padded = (
            f" {cell} ".ljust(0 if number == ragged else width) for cell, width in zip(cells, widths, strict=True)
        )
        return f"|{'|'.join(padded)}|\n"

    dashes = f"|{'|'.join('-' * max(width, 3) for width in widths)}|\n"
    table = line(0, ("A", "B")) + dashes + "".join(line(number, row) for number, row in enumerate(rows, 1))
    tail = "".join(after)
    text = layouts(f"{''.join(before)}\n# T\n\n{table}\n{tail}\n## End\n")[layout]
    editor = TableRows("# T", tuple(new), order=order)
    changed = holds_or_refuses(editor, text)
    if changed is not None:

        def squeezed(each: str) -> list[str]:
            # Without the padding of cells and dashes, only the new rows differ.
            return [
                re.sub(r" +", " ", re.sub(r"-{3,}", "---", line)).replace("| |", "|  |") for line in each.splitlines()
            ]

        left = squeezed(changed)
        for kept in squeezed(text):
            assert kept in left
            left.remove(kept)
        assert len(left) == len(set(new) - set(rows))


@given(
    texts=st.lists(
        st.sampled_from(["a", "b", "`c`", "d\n  more", "e\n  - nested", "z", "f\n\n  loose"]), min_size=1, max_size=6
    ),
    marker=st.sampled_from(["- ", "* ", "+ ", "-   ", "  - "]),
    before=st.lists(NOISE, max_size=3),
    order=st.sampled_from(["end", "sorted"]),
    layout=st.integers(0, 7),
)
def test_lists_of_any_shape(texts: list[str], marker: str, before: list[str], order: Any, layout: int) -> None:
    indent = marker[: len(marker) - len(marker.lstrip())]
    items = "".join(f"{marker}{text}\n".replace("\n  ", f"\n{indent}  ") for text in texts)
    text = layouts(f"# T\n{''.join(before)}\nThe list:\n\n{items}\nEnd.\n")[layout]
    new = holds_or_refuses(BulletItems("# T", ("new",), "The list:", order=order), text)
    if new is not None:
        assert is_one_insertion(text, new)
        assert added(text.replace("\ufeff", ""), new.replace("\ufeff", "")) == [f"{marker}new"]


@given(
    objects=st.lists(
        st.dictionaries(st.sampled_from(["a", "b_1", "b_2", "new", "z"]), st.sampled_from([1, None, "x"]), max_size=5),
        max_size=3,
    ),
    indent=st.sampled_from([None, 2, 4, "\t"]),
    prefix=st.sampled_from(["", "  ", "   "]),
    layout=st.integers(0, 7),
)
def test_examples_of_any_shape(objects: list[dict[str, Any]], indent: Any, prefix: str, layout: int) -> None:
    block = json.dumps([{"lag": 0, **each} for each in objects], indent=indent)
    fenced = "".join(f"{prefix}{line}\n" for line in ["```json", *block.split("\n"), "```"])
    text = layouts(f"# T\n\n{fenced}\ntext\n")[layout]
    editor = ExampleProperties("lag", len(objects), (("new", "5"),), order="sorted")
    new = holds_or_refuses(editor, text) if objects and not any("new" in each for each in objects) else None
    if new is not None:
        inside = new[new.index("```json") + 7 : new.rindex("```")]
        assert json.loads(inside) == [{"lag": 0, **each, "new": 5} for each in objects]
