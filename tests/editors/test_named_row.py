"""A row under another name: changed where it says no, and nowhere else; restored as it was."""

import pytest

from editors.laws import check_laws
from geo_scaffold.editors.markdown.known_rows import KnownRows
from geo_scaffold.editors.markdown.named_row import NamedRow
from geo_scaffold.errors import LocatorError
from geo_scaffold.records import replace

PAGE = """# T

| Feature                   | Replicated             | Stored | Notes |
|:--------------------------|:-----------------------|:-------|:------|
| [Tanks](../tanks.md)      | **Yes** (10.2)         | No     |       |
| Works TIN MetadataLid     | [Not planned](x)       | No     | Not planned because of rust. |
| Boilers _(file system)_   | [**Yes** (12.1)](y)    | Yes    | Behind feature flag `geo_boiler_replication`. |

After.
"""
NEW = ("Tin Lids", "[**Yes** (18.9)](!5)", "[**Yes** (18.9)](!5)", "Behind feature flag `geo_lid`.")


def row(*names: str, first: str = "Tin Lids") -> NamedRow:
    return NamedRow("# T", ((first, *NEW[1:]),), names=names)


@pytest.mark.parametrize("name", ["Works::Tin::MetadataLid", "works_tin_metadata_lids", "Works TIN metadata lid"])
def test_a_row_that_says_no_is_changed_where_it_is(name: str) -> None:
    editor = row(name)
    assert not editor.contains(PAGE)
    after = editor.insert(PAGE)
    changed = [line for line in after.splitlines() if line not in PAGE.splitlines()]
    assert len(changed) == 1
    cells = [cell.strip() for cell in changed[0].strip("|").split("|")]
    assert cells == ["Works TIN MetadataLid", *NEW[1:]]
    assert editor.contains(after)
    assert editor.insert(after) == after
    assert editor.knowing(editor.to_remember(PAGE)).remove(after) == PAGE


def test_what_says_yes_already_stays() -> None:
    for editor in (row("boiler", first="Boilers"), row("boiler", first="Boiler")):
        after = editor.insert(PAGE)
        assert "[**Yes** (12.1)](y)" in after
        assert "`geo_boiler_replication`" in after
        assert after.count("Boilers") == 1
    after = row(first="Tank").insert(PAGE)
    assert "| [Tanks](../tanks.md)      | **Yes** (10.2)         | [**Yes** (18.9)](!5) |" in after


def test_a_row_of_its_own_pads_nothing_else() -> None:
    """However wide it is."""
    editor = row()
    after = check_laws(editor, PAGE)
    assert [line for line in after.splitlines() if line not in PAGE.splitlines()] == [
        "| Tin Lids                  | [**Yes** (18.9)](!5)   | [**Yes** (18.9)](!5) | Behind feature flag `geo_lid`. |"
    ]


def test_a_note_that_names_the_flag_tells_the_row() -> None:
    """As of `Package registry`, which is the type `package_file`; one that is said twice already is there."""
    editor = row("boiler", first="Steam")
    assert "| Boilers" in editor.insert(PAGE)
    assert "Steam" not in editor.insert(PAGE)
    line = "| Kettles | **Yes** | **Yes** | Behind feature flag `geo_boiler_replication`. |\n"
    twice = PAGE.replace("| Yes    | Behind", "| **Yes** | Behind").replace("\n\nAfter", f"\n{line}\nAfter")
    assert editor.insert(twice) == twice


def test_a_note_that_names_the_flag_of_another_type_tells_that_the_row_is_not_ours() -> None:
    """Whatever it is called and wherever it links to: as `User uploads`, of the type `upload`, for `user_upload`."""
    line = "| [Boilers](../steam/_index.md) | **Yes** | **Yes** | Feature flag `geo_boiler_verification`. |\n"
    page = PAGE.replace("\n\nAfter", f"\n{line}\nAfter")
    for editor in (row("steam_boiler", first="Boilers"), row("Steam::Whistle", "steam_whistle", first="Whistles")):
        assert not editor.contains(page)
        after = editor.insert(page)
        assert after.count(f"| {editor.rows[0][0]} ") == page.count(f"| {editor.rows[0][0]} ") + 1
        assert editor.remove(after) == page
    known_rows = KnownRows(
        "# S", (("Blob", "Boilers _(file system)_"),), names=("steam_boiler",), column=1, known_from="# T"
    )
    other = "# S\n\n| Type | Feature |\n|:-----|:--------|\n| Blob | Boilers _(file system)_ |\n\n"
    assert not known_rows.contains(other + page)
    assert replace(known_rows, names=("boiler",)).contains(other + page)


def test_two_rows_that_may_be_meant_are_left_to_a_person() -> None:
    text = PAGE.replace("| Boilers", "| Works TIN MetadataLids | No | No | x |\n| Boilers")
    with pytest.raises(LocatorError, match="may both be the row"):
        row("Works::Tin::MetadataLid").insert(text)


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("TinLid::Store", "../user/tin_lid/_index.md#all"),
        ("works_tin_lid", "../works_tin_lids.md"),
        ("Works::TinLid", "https://example.org/app/models/works/works_tin_lid.rb"),
    ],
)
def test_a_link_to_the_page_of_the_class_tells_a_row_that_says_yes(name: str, link: str) -> None:
    """As of `DependencyProxy::Blob`, which users know as Dependency Proxy Images; what says no may be of another."""
    names = (name, "works_tin_lid")
    page = PAGE.replace("| Boilers _(file system)_ ", f"| [Metal]({link}) ").replace("| Yes    |", "| **Yes** |")
    page = page.replace("Behind feature flag `geo_boiler_replication`.", "By users.")
    assert row(*names).insert(page) == page
    refused = page.replace("[**Yes** (12.1)](y)", "No").replace("| **Yes** |", "| No |")
    assert "| Tin Lids " in row(*names).insert(refused)


TYPES = """# T

| Type | Feature                   | How    |
|:-----|:--------------------------|:-------|
| Blob | Boilers _(file system)_   | By API |
| Git  | Tanks                     | Gitaly |

# L

| Feature                | Replicated | Notes                          |
|:-----------------------|:-----------|:-------------------------------|
| [Boilers](../b.md)     | **Yes**    | Behind `geo_lid_replication`.  |
| [Kettles](../b.md#two) | **Yes**    |                                |
"""


def known_rows(*variants: str, first: str = "Tin Lids", known_from: str = "# L") -> KnownRows:
    rows = tuple(("Blob", f"{first}{variant}", "By API that is slow") for variant in variants)
    return KnownRows("# T", rows, after="Blob | ", column=1, names=("lid",), known_from=known_from)


def test_rows_that_another_table_tells_are_there_by_each_of_their_variants() -> None:
    disk, cloud = " _(file system)_", " _(object storage)_"
    assert known_rows(disk).contains(TYPES)
    both = known_rows(disk, cloud)
    after = check_laws(both, TYPES)
    assert [line for line in after.splitlines() if line not in TYPES.splitlines()] == [
        "| Blob | Tin Lids _(object storage)_ | By API that is slow |"
    ]
    assert both.insert(TYPES.replace("Boilers _(file", "Kettles _(file")).count("Tin Lids") == 1
    assert known_rows(disk, cloud, known_from="# None").insert(TYPES).count("Tin Lids") == 2
    assert known_rows("", first="Tank").contains(TYPES)
