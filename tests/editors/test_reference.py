"""The parts of a type in a generated GraphQL reference, on the invented one of the small checkout."""

import re

import pytest

from checkouts import CHECKOUTS
from geo_scaffold.editors.markdown.reference import ReferenceType, StableField
from geo_scaffold.errors import LocatorError, NotDerivedError

from .laws import added, check_laws

PAGE = CHECKOUTS["19"]["doc/api/graphql/reference/_index.md"]
STATUS = "{{< details >}}\n**Introduced** in GitLab 19.4.\n**Status**: Experiment.\n{{< /details >}}\n\n"
LISTED = "{{< details >}}\n\n- Introduced in GitLab 19.4.\n- Status: Experiment.\n\n{{< /details >}}\n\n"


def reference_type(name: str, field: str, *, status: str = STATUS) -> ReferenceType:
    """Return the editor of a type with one own field."""
    own = f'| <a id="{name.lower()}ownid"></a>`ownId` | [`ID!`](#id) | ID of it. |'
    head = "| Name | Type | Description |\n| ---- | ---- | ----------- |"
    returned = f"Returns [`{name}Connection`](#{name.lower()}connection)."
    return ReferenceType(
        (
            f"### `{name}`\n\nAbout it.\n\n#### Fields\n\n{head}\n{own}\n",
            f"##### `GeoNode.{field}`\n\n{status}Find them.\n\n{returned}\n",
        ),
        "Registrable",
        "GeoRegistryClass",
        re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper(),
        f"Geo{name}ID",
    )


def newest(page: str) -> str:
    """Return a page in the form of GitLab 19.5: titles of tables without hashes, and hyphens in anchors."""
    lines, owner = [], ""
    for line in page.replace(STATUS, LISTED).splitlines(keepends=True):
        if heading := re.match(r"#+ `(.*)`$", line):
            owner = heading[1].lower()
        titled = re.sub(r"^#+ (Fields|Arguments)$", r"\1:", line)
        lines.append(titled.replace(f'<a id="{owner.replace(".", "")}', f'<a id="{owner.replace(".", "-")}-'))
    return "".join(lines)


@pytest.mark.parametrize("status", ["", STATUS])
def test_a_type_is_in_the_form_of_the_page(status: str) -> None:
    editor = reference_type("CoolWidgetRegistry", "coolWidgetRegistries", status=status)
    page = PAGE.replace("Find boiler", f"{STATUS}Find boiler", 1)
    assert newest(page) != page
    assert newest(page).count("Status: Experiment") == 1
    assert check_laws(editor, newest(page)) == newest(editor.insert(page))


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ `.*`$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("CoolWidgetRegistry", "coolWidgetRegistries"),
        ("ARegistry", "aRegistries"),
        ("ZzRegistry", "zzRegistries"),
        # One that the neighbour's name is a part of, and one that is a part of the neighbour's.
        ("BoilerRegistryRegistry", "boilerRegistryRegistries"),
        ("BoilRegistry", "boilRegistries"),
    ],
)
def test_each_part_is_a_neighbours_under_its_own_name_where_it_sorts(name: str, field: str) -> None:
    new = check_laws(reference_type(name, field), PAGE)
    lines = added(PAGE, new)
    if "oiler" not in name:
        assert "oiler" not in "".join(lines)
    for level, there in ((4, "Connection"), (4, "Edge"), (3, ""), (3, "ID")):
        wanted = f"{'#' * level} `{'Geo' * (there == 'ID')}{name}{there}`"
        assert headings(new).count(wanted) == 1
    sections = re.split(r"^(?=#{2,3} [^`]|### `GeoNode`)", new, flags=re.MULTILINE)
    for section in sections:
        for hashes in ("###", "####"):
            titles = re.findall(rf"^{hashes} `(.*)`$", section, re.MULTILINE)
            assert titles == sorted(titles)
    section = new.partition(f"### `{name}`\n")[2].partition("\n### ")[0]
    rows = re.findall(r'^\| <a id="\w+"></a>`(\w+)`', section, re.MULTILINE)
    assert rows == ["checksumMismatch", "ownId", "state"]


def test_what_the_type_says_of_itself_is_its_own() -> None:
    new = reference_type("CoolWidgetRegistry", "coolWidgetRegistries").insert(PAGE)
    assert f"##### `GeoNode.coolWidgetRegistries`\n\n{STATUS}Find them.\n\nReturns [`CoolWidget" in new
    assert "### `CoolWidgetRegistry`\n\nAbout it.\n\n#### Fields\n" in new
    assert '`"gid://gitlab/Geo::CoolWidgetRegistry/1"`' in new
    assert "`COOL_WIDGET_REGISTRY` | Geo::CoolWidgetRegistry registry class. |\n" in new


def test_a_part_that_is_lost_comes_back_alone() -> None:
    editor = reference_type("CoolWidgetRegistry", "coolWidgetRegistries")
    whole = editor.insert(PAGE)
    for part in editor.pieces:
        without = part.remove(whole)
        assert without != whole
        assert [piece.text for piece in editor.pieces if not piece.contains(without)] == [part.text]
        assert part.insert(without) == editor.insert(without) == whole


def test_a_released_type_counts_and_stays_as_it_is() -> None:
    editor = reference_type("CoolWidgetRegistry", "coolWidgetRegistries")
    released = StableField("GeoNode.coolWidgetRegistries").insert(editor.insert(PAGE))
    assert released == reference_type("CoolWidgetRegistry", "coolWidgetRegistries", status="").insert(PAGE)
    assert editor.insert(released) == released
    assert editor.remove(released) == PAGE


@pytest.mark.parametrize("status", [STATUS, LISTED])
def test_the_status_of_a_field_goes_and_comes_back(status: str) -> None:
    page = reference_type("CoolWidgetRegistry", "coolWidgetRegistries", status=status).insert(PAGE)
    editor = StableField("GeoNode.coolWidgetRegistries")
    assert not editor.contains(page)
    assert page.splitlines()[(editor.line(page) or 0) - 1] == "{{< details >}}"
    knowing = editor.knowing(editor.to_remember(page))
    released = editor.insert(page)
    assert editor.contains(released)
    assert editor.line(released) is None
    assert editor.insert(released) == released
    assert knowing.remove(released) == page
    assert editor.contains(page.replace("Experiment", "Deprecated"))  # of another kind


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("- [`BoilerRegistry`](#boilerregistry)\n", "", "no member of `Registrable`"),
        ("### `GeoBoilerRegistryID`", "### `GeoBoilersID`", "no member of `Registrable`"),
        ("### `SteamRegistry`", "### `AaRegistry`", "are not sorted"),
        ("PACKAGE_FILE_REGISTRY`", "A_REGISTRY`", "are not sorted"),
        ("\n", "\r\n", "no member of `Registrable`"),
    ],
)
def test_a_page_that_does_not_say_it_exactly_is_left_to_its_command(old: str, new: str, error: str) -> None:
    with pytest.raises(NotDerivedError, match=error):
        reference_type("CoolWidgetRegistry", "coolWidgetRegistries").insert(PAGE.replace(old, new))


def test_a_heading_that_is_there_twice_is_refused() -> None:
    page = reference_type("CoolWidgetRegistry", "coolWidgetRegistries").insert(PAGE)
    with pytest.raises(LocatorError, match="once, found more"):
        reference_type("CoolWidgetRegistry", "coolWidgetRegistries").contains(f"{page}\n### `CoolWidgetRegistry`\n")
