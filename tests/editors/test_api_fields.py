"""The fields of a type in generated OpenAPI documents, on invented ones."""

import re
from itertools import chain

import pytest

from geo_scaffold.editors.yaml.api_fields import ApiFields
from geo_scaffold.errors import NotDerivedError

from .laws import added, check_laws

COUNTS = ("count", "checksum_total_count", "failed_count")
SHARES = ("synced_in_percentage", "verified_in_percentage")
TYPES = {"Boiler": "boilers", "PackageFile": "package_files", "Battery": "batteries"}
"""Prefixes by class, in the order of the list."""


def classes(names: list[str]) -> str:
    return "\n".join(["REPLICATOR_CLASSES = [", *(f"  ::Geo::{name}Replicator," for name in names), "].freeze", ""])


def parameters(names: list[str], *, says: str = "{}") -> str:
    """Return the declarations of the fields of types with these prefixes, before another one."""
    fields = [f"{name}_{count}" for name in names for count in COUNTS]
    lines = [
        f"  optional :{field}, type: Integer, desc: '{says.format(field.capitalize().replace('_', ' '))}'"
        for field in fields
    ]
    return "\n".join(
        ["optional :status, type: Hash do", "  optional :db_lag, type: Integer, desc: 'Lag'", *lines, "end", ""]
    )


def document(prefixes: list[str], declared: list[str], models: list[str]) -> str:
    """Return a document that has the fields of these types, and the parameters and models of those."""
    texts = [
        each.capitalize().replace("_", " ") for name in declared for each in (f"{name}_{count}" for count in COUNTS)
    ]
    keys = [f"{name}_{count}" for name in declared for count in COUNTS]
    entity = [
        *(f"{name}_{count}" for name in prefixes for count in COUNTS),
        *(f"{name}_{share}" for name in prefixes for share in SHARES),
    ]
    return "\n".join(
        [
            "paths:",
            "  parameters:",
            "  - name: model_name",
            "    required: true",
            "    schema:",
            "      type: string",
            "      enum:",
            *(f"      - {name}" for name in models),
            "    in: path",
            "  status:",
            "    properties:",
            "      db_lag:",
            "        type: integer",
            "        description: Lag",
            *chain(
                *(
                    (f"      {key}:", "        type: integer", f"        description: {text}")
                    for key, text in zip(keys, texts, strict=True)
                )
            ),
            "components:",
            "  Status:",
            "    properties:",
            "      id:",
            "        type: string",
            *chain(*((f"      {key}:", "        type: string") for key in entity)),
            "  Other:",
            "    type: object",
            "",
        ]
    )


def editor(name: str, prefix: str, order: list[str], declared: list[str], **more: str) -> ApiFields:
    return ApiFields(prefix, prefix, f"::Geo::{name}Replicator", (classes(order), parameters(declared, **more)))


@pytest.mark.parametrize("place", range(len(TYPES) + 1))
@pytest.mark.parametrize("is_declared", [True, False])
def test_a_type_stands_where_its_class_does(place: int, is_declared: bool) -> None:
    order = [*TYPES]
    order.insert(place, "CoolWidget")
    prefixes = [TYPES.get(each, "cool_widgets") for each in order]
    declared = [prefix for prefix in prefixes if is_declared or prefix != "cool_widgets"]
    whole = document(prefixes, declared, prefixes[::-1])
    others = [prefix for prefix in prefixes if prefix != "cool_widgets"]
    before = document(others, [each for each in declared if each != "cool_widgets"], others[::-1])
    assert check_laws(editor("CoolWidget", "cool_widgets", order, declared), before) == whole


def test_a_model_may_be_named_differently_from_its_replicator() -> None:
    order = ["Boiler", "CoolWidget", "PackageFile"]
    before = document(["boilers", "package_files"], [], ["packages_files", "heat_boilers"])
    new = check_laws(editor("CoolWidget", "cool_widgets", order, []), before)
    assert re.findall(r"^      - (.*)$", new, re.MULTILINE) == ["packages_files", "cool_widgets", "heat_boilers"]


def test_a_declaration_that_is_broken_over_lines_is_one() -> None:
    before, order = document(["boilers"], ["boilers"], ["boilers"]), ["Boiler", "CoolWidget"]
    whole = parameters(["boilers", "cool_widgets"])
    broken = whole.replace(", type", ",\n    type").replace(", desc", ",\n    desc")
    made = [
        ApiFields("cool_widgets", "cool_widgets", "::Geo::CoolWidgetReplicator", (classes(order), each)).insert(before)
        for each in (whole, broken)
    ]
    assert made[0] == made[1] != before


def test_a_long_description_is_broken_as_psych_does_it() -> None:
    prefix = "very_cool_widgets_with_a_long_name_that_goes_on"
    order, said = ["Boiler", "VeryCoolWidgetsWithALongNameThatGoesOn"], ["boilers", prefix]
    new = editor(order[1], prefix, order, said).insert(document(["boilers"], ["boilers"], ["boilers"]))
    lines = [line for line in added(document(["boilers"], ["boilers"], ["boilers"]), new) if line[:1] == " "]
    at = lines.index("        description: Very cool widgets with a long name that goes on checksum total")
    # The space before `count` is the first one beyond column 80.
    assert len(lines[at]) > 80
    assert lines[at + 1] == "          count"
    assert "        description: Very cool widgets with a long name that goes on failed count" in lines


@pytest.mark.parametrize(
    ("prefixes", "order", "models", "error"),
    [
        (["boilers"], ["Boiler"], ["boilers"], "is not in the list of classes"),
        (["package_files", "boilers"], ["Boiler", "CoolWidget", "PackageFile"], [], "not those of the class beside it"),
        (["boilers"], ["Boiler", "CoolWidget"], ["boilers", "others"], "not those of the classes in reverse order"),
        ([], ["Boiler", "CoolWidget"], [], "no fields of another type"),
    ],
)
def test_what_is_not_said_exactly_is_left_to_its_command(
    prefixes: list[str], order: list[str], models: list[str], error: str
) -> None:
    with pytest.raises(NotDerivedError, match=error):
        editor("CoolWidget", "cool_widgets", order, []).insert(document(prefixes, [], models))


def test_a_parameter_whose_words_need_quotes_is_left_to_its_command() -> None:
    declared = ["boilers", "cool_widgets"]
    text = document(["boilers"], ["boilers"], ["boilers"])
    with pytest.raises(NotDerivedError, match="not described as expected"):
        editor("CoolWidget", "cool_widgets", ["Boiler", "CoolWidget"], declared, says="{}: all").insert(text)


def test_without_its_sources_an_entry_can_be_taken_out_and_not_put_in() -> None:
    text = document(["boilers", "cool_widgets"], ["boilers", "cool_widgets"], ["cool_widgets", "boilers"])
    bare = ApiFields("cool_widgets", "cool_widgets", "::Geo::CoolWidgetReplicator")
    without = bare.remove(text)
    assert without == document(["boilers"], ["boilers"], ["boilers"])
    with pytest.raises(NotDerivedError):
        bare.insert(without)
