"""The sharding keys of a model's table, which the table of its verification states copies."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from geo_scaffold.checkout.schemas import requires_key
from geo_scaffold.checkout.structure import STRUCTURE, Table
from geo_scaffold.edition.sharding import Count, KeyColumn, ParentTable, usual_table
from geo_scaffold.errors import UsageError

if TYPE_CHECKING:  # which imports this module
    from geo_scaffold.answers import Answers
    from geo_scaffold.checkout.dictionary import Entry
    from geo_scaffold.checkout.facts import Checkout

EXEMPTIONS: Final = "spec/lib/gitlab/organizations/sharding_key_spec.rb"
"""Where GitLab lists the sharding keys without a foreign key, and why (`allowed_to_be_missing_foreign_key`)."""
TRAFFIC: Final = "rubocop/rubocop-migrations.yml"
"""Where GitLab lists its large and its frequently written tables (`Migration/UpdateLargeTable`)."""
# An item of the lists in TRAFFIC, a symbol or a string; and a key in db/docs/*.yml.
_BUSY: Final = re.compile(r"^[ \t]*- :?(\w+)[ \t]*$", re.MULTILINE)
_TRANSFER: Final = re.compile(r"^organization_transfer_support:", re.MULTILINE)


def parent_table(name: str, checkout: "Checkout", *, own_key: Sequence[str] = ()) -> ParentTable:
    """Return the keys of a model's table.

    Args:
        name: The table.
        checkout: The reader of the checkout.
        own_key: The primary key that the class declares, if it differs from the table's.
    """
    entry, table = checkout.dictionary.entry(name), checkout.structure.table(name)
    # An organization is its own key, so no column copies it.
    keys = tuple(column for column in (entry.sharding_keys if entry else ()) if column != "id")
    schema = entry.gitlab_schema if entry else None
    single = table.primary_key.columns if table and table.primary_key else ()
    if table and len(own_key) == 1 and table.is_unique(own_key[0]):  # by which Active Record looks up a record
        single = (own_key[0],)
    return ParentTable(
        primary_key=single[0] if len(single) == 1 else "id",
        columns=_columns(table, entry, checkout),
        is_known=table is not None,
        sharding_keys=keys,
        needs_none=schema is not None and requires_key(schema, checkout.sources) is False,
        key_count=_count(table, keys) if table else Count(),
        supports_transfer=entry is not None and bool(_TRANSFER.search(checkout.sources.text(entry.path) or "")),
    )


def with_keys(answers: "Answers", table: str, checkout: "Checkout", notes: list[str]) -> "Answers":
    """Take the sharding keys of the states table from the dictionary, with a note, if they are not among the answers.

    A table whose dictionary has none has none to copy: then a key can only be requested, with an issue.

    Args:
        answers: The user's answers.
        table: The model's table.
        checkout: The reader of the checkout.
        notes: The list to which notes are added.

    Raises:
        UsageError: An answer names a column that the table does not have, or an issue for a key that it already has.
    """
    parent, entry = parent_table(table, checkout), checkout.dictionary.entry(table)
    if answers.sharding_keys is None and entry is not None and (parent.sharding_keys or parent.needs_none):
        found = () if parent.needs_none else parent.sharding_keys
        if found and answers.sharding_key_issue:
            raise UsageError(
                f"--sharding-key-issue is for a table that has no sharding key to copy, and {table} has"
                f" {' and '.join(found)}",
                path=entry.path,
                remedy="Leave it out",
            )
        notes.append(
            f"the table of states copies {' and '.join(found)} ({entry.source('sharding_key')})"
            if found
            else f"the table of states has no sharding key, as tables of {entry.gitlab_schema} need none"
            f" ({entry.source('gitlab_schema')})"
        )
        answers = answers.with_defaults(sharding_keys=found)
    for column in answers.sharding_keys or ():
        if parent.is_known and column not in parent.columns:
            columns = ", ".join(parent.columns) or "none"
            raise UsageError(
                f"{table} has no column {column} that its states could copy: {columns}",
                path=STRUCTURE,
                remedy="Give one of these with --sharding-key, or --no-sharding-key",
            )
        if not parent.columns.get(column, KeyColumn("")).table and not usual_table(column):
            raise UsageError(
                f"nothing says which table {column} of {table} refers to",
                path=entry.path if entry else None,
                remedy=f"Name it in the dictionary of {table}, as a `sharding_key`",
            )
    return answers


def _columns(table: Table | None, entry: "Entry | None", checkout: "Checkout") -> dict[str, KeyColumn]:
    """Return the columns of a table that may be sharding keys: those in its dictionary, and references to others."""
    named = dict(entry.sharding_keys) if entry else {}
    known = {column: KeyColumn(owners) for column, owners in named.items()}
    if table is None:
        return known
    references = [reference for reference in table.references if len(reference.columns) == 1]
    hard = {reference.columns[0]: reference.table for reference in references}
    # With a constraint that older rows need not meet yet, a copied value may name an owner that no longer exists.
    valid = {reference.columns[0] for reference in references if reference.is_validated}
    busy = set(_BUSY.findall(checkout.sources.text(TRAFFIC) or ""))
    loose = checkout.loose_keys.columns(table.name)
    return known | {
        column: KeyColumn(
            named.get(column) or hard.get(column) or usual_table(column),
            table.types[column],
            (sort := "hard" if column in valid else "loose" if column in loose else "none"),
            _reason(table.name, column, checkout) if sort == "none" and column in named else "",
            (named.get(column) or hard.get(column) or usual_table(column)) in busy,
        )
        for column in table.columns
        if column in named or column.endswith("_id")
    }


def _reason(table: str, column: str, checkout: "Checkout") -> str:
    """Return why a column has no foreign key: the comment behind or above its entry in the spec of sharding keys."""
    lines = [line.strip() for line in (checkout.sources.text(EXEMPTIONS) or "").splitlines()]
    entry = f"'{table}.{column}'"
    for number, line in enumerate(lines):
        if line.startswith(entry):
            reason = line.removeprefix(entry).lstrip(", ").removeprefix("#").strip()
            above = number
            while not reason and above and lines[above - 1].startswith("# "):
                above -= 1
            reason = reason or " ".join(each[2:] for each in lines[above:number])
            return "".join(each for each in reason if " " <= each <= "~")
    return ""


def _count(table: Table, keys: tuple[str, ...]) -> Count:
    """Return how many of several sharding keys a row has: by the table's constraint, else all if required, else one."""
    for count in table.counts:
        if count.columns == frozenset(keys):
            return Count(count.operator, count.limit)
    return Count(limit=len(keys)) if len(keys) > 1 and table.required.issuperset(keys) else Count()
