"""What the rendered lines of an entry are to the editor that puts it in."""

import pytest

from geo_scaffold.edition.editing import KINDS
from geo_scaffold.edition.line_length import LIMIT, wrap_ruby

REASON = "a foreign key is there already on the table above it, whose rows are deleted in cascades by the database"


@pytest.mark.parametrize("reason", ["short", REASON, f"{REASON}; {REASON}"])
@pytest.mark.parametrize(
    ("kind", "entry", "arguments"),
    [
        ("hash-entry", "cool_widget_states: %w[id]", {"key": "cool_widget_states:", "value": "%w[id]"}),
        ("hash-entry", "'cool_widget' => 'id'", {"key": "'cool_widget'", "value": "'id'"}),
        ("array-element", "'cool_widget_states.project_id'", {"element": "'cool_widget_states.project_id'"}),
    ],
)
def test_a_comment_is_known_where_it_is_too_long_to_be_behind_its_entry(
    kind: str, entry: str, arguments: dict[str, str], reason: str
) -> None:
    line = f"{entry} # {reason}\n"
    lines = wrap_ruby(line)
    assert (lines != line) is (len(line) > LIMIT)
    assert KINDS[kind].arguments(lines) == {**arguments, "comment": reason}
