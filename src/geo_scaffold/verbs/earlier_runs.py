"""Rebuilds earlier runs from a receipt: their operations, and the versions of their migrations."""

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from geo_scaffold.checkout import inflections_for, names_in, surroundings_of
from geo_scaffold.checkout.overrides import overrides_for
from geo_scaffold.checkout.target import Target
from geo_scaffold.edition import NOTHING, Artifact, Renderer, context_for, load_manifest, operations_of, require_edition
from geo_scaffold.errors import ReceiptError, UsageError
from geo_scaffold.operations import FileOperation, Operation, OpKind
from geo_scaffold.receipt import Receipt, Record, by_place
from geo_scaffold.tree import Tree

_VERSION: Final = re.compile(r"(?:^|/)(\d{14})(?:_[^/]*)?$")
"""The version in the path of a migration, or of a file of `schema_migrations`."""


class Entries(NamedTuple):
    """The entries of a receipt.

    Args:
        operations: The operations that inserted them, by id and path.
        unasked: The ids of those that the tree no longer asks for.
        notes: Notes for people.
    """

    operations: Mapping[tuple[str, str], Operation] = MappingProxyType({})
    unasked: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def recorded_entries(
    target: Target, receipt: Receipt, path: str, tree: Tree, *, records: Collection[Record] | None = None
) -> Entries:
    """Build the operations of entries again, which know the structure to remove.

    Args:
        target: The target with the entries.
        receipt: Their receipt.
        path: The receipt's path, for messages.
        tree: The target.
        records: The records to use, or None for all.

    Raises:
        UsageError: This version does not have the edition, or the form of an artifact, with which they were generated.
    """
    wanted = receipt.records if records is None else records
    if all(record.rendered is not None for record in wanted):
        return Entries()
    from geo_scaffold.checkout import Checkout, Sources  # noqa: PLC0415 - most runs have nothing to build again
    from geo_scaffold.edition.conditions import applicability_in  # noqa: PLC0415

    require_edition(receipt.edition, needed_by=path, remedy="Use the version that generated it")
    read = tree.read if target.checkout else None
    inflector, _ = inflections_for(receipt.answers, read)
    reader = Checkout(Sources(tree, ""), inflector) if target.checkout else None
    names = names_in(receipt.answers, inflector, reader)
    surroundings = surroundings_of(names, reader, made=receipt.written) if reader else NOTHING
    context = context_for(receipt.answers, names, surroundings=surroundings)
    overrides = overrides_for(target, tree)
    renderer = Renderer(receipt.edition, inflector=inflector, overrides=overrides)
    recorded = by_place(wanted)
    entries: dict[tuple[str, str], Operation] = {}
    sources, unasked = Sources(tree, target.prefix), set()
    for artifact in load_manifest(receipt.edition):
        forms = sorted({record.form for record in wanted if record.id == artifact.id})
        if target.checkout and forms and not applicability_in(artifact, sources, context).applies:
            unasked.add(artifact.id)
        # Each in its recorded form, whatever the tree has by now.
        for form in forms:
            own = {place: record for place, record in recorded.items() if record.form == form}
            operations = operations_of(
                _in_form(artifact, form, path),
                renderer,
                context,
                prefix=target.prefix,
                recorded=own,
                derived_from=tree.read,
            )
            entries |= {
                (operation.id, operation.path): operation
                for operation in operations
                if (operation.id, operation.path) in own
            }
    return Entries(entries, frozenset(unasked), tuple(overrides.notes(receipt.edition)))


def recorded_operation(record: Record, entries: Entries, receipt: Receipt, path: str) -> Operation:
    """Return the operation of a record, which is only good for reverting.

    Args:
        record: The record.
        entries: What `recorded_entries` returned.
        receipt: Its receipt.
        path: The receipt's path, for messages.

    Raises:
        ReceiptError: The receipt names an entry that its edition does not have.
    """
    if record.rendered is not None:
        return FileOperation(
            record.id, OpKind(record.kind), record.path, b"", record.rendered, record.written, record.replaced
        )
    if (record.id, record.path) not in entries.operations:
        raise ReceiptError(
            f"the receipt names an entry that edition {receipt.edition} does not have:"
            f" {record.id[:60]!a} in {record.path[:80]!a}",
            path=path,
            remedy="Restore it, for example from Git, or move it away",
        )
    return entries.operations[record.id, record.path]


def _in_form(artifact: Artifact, form: str, path: str) -> Artifact:
    try:
        return artifact.in_form(form)
    except KeyError as error:
        raise UsageError(
            f"{artifact.id} was added in the form {form!a}, which this version of geo-scaffold does not have",
            path=path,
            remedy="Use the version that generated it",
        ) from error


def recorded_versions(records: Iterable[Record], artifacts: Iterable[Artifact]) -> Mapping[str, str]:
    """Return the version of each step's migration, from the paths of a receipt.

    Args:
        records: The records of the receipt.
        artifacts: The artifacts of the edition.
    """
    steps = {
        artifact.id: artifact.step
        for artifact in artifacts
        if any(target.table and "/{timestamp}_" in target.path for target in artifact.targets)
    }
    found = {}
    for record in records:
        version = version_of(record.path)
        if record.rendered is not None and record.id in steps and version:
            found[steps[record.id]] = version
    return found


def version_of(path: str) -> str | None:
    """Return the version of a migration, or of a file of `schema_migrations`, or None for another path."""
    found = _VERSION.search(path)
    return found[1] if found else None
