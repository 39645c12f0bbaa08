"""What is merged, and so can no longer be rewritten, moved or reverted, whatever the answers are now."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from geo_scaffold.answers import Answers
from geo_scaffold.checkout.target import Target
from geo_scaffold.edition import Artifact, Op, is_newer, load_manifest
from geo_scaffold.errors import ConflictError, ReadError
from geo_scaffold.operations import Applied, EntryOperation, FileOperation, Operation, Outcome, Retirement, Status
from geo_scaffold.receipt import Receipt, Record, by_place
from geo_scaffold.tree import Tree

if TYPE_CHECKING:
    from geo_scaffold.git import Merged

KEPT: Final = "merged already, kept as it is"
_TABLE_OF_STATES: Final = "state_table"
GONE: Final = "merged already, and deleted since: not created again"


class MergedWork:
    """What earlier runs wrote and is merged: what is in the merge base with the default branch.

    Without Git, and on the default branch itself: what has an older milestone than the checkout.

    Args:
        target: The checkout, or a standalone folder, in which nothing is merged.
        receipt: What earlier runs wrote, or None.
    """

    def __init__(self, target: Target, receipt: Receipt | None) -> None:
        self._target = target
        self._receipt = receipt
        self._records = by_place(receipt.records if receipt else ())

    def close(self) -> None:
        """Stop git, if it was started."""
        if (base := self.__dict__.get("_base")) and base.commit:
            base.commit.__exit__()

    def first(self, entries: Mapping[tuple[str, str], Operation]) -> str | None:
        """Return the path of something merged that earlier runs wrote, or None if nothing is.

        Args:
            entries: The operations that inserted the entries, by id and path.
        """
        for place, record in self._records.items():
            operation = entries.get(place)
            held = self._held(operation, record) if isinstance(operation, EntryOperation) else self._is_merged(record)
            if held:
                return record.path
        return None

    def has_complete_entry(self, operation: Operation, record: Record) -> bool:
        """Tell whether an entry of earlier runs is merged.

        Args:
            operation: The operation that inserted it.
            record: Its record.
        """
        if not isinstance(operation, EntryOperation) or not self._is_merged(record):
            return False
        return self._base is None or operation.stands_whole_in(self._file(record.path))

    def is_known_to_have(self, operation: Operation, record: Record) -> bool:
        """Tell whether git knows that something of earlier runs is merged, whatever any milestone suggests.

        Args:
            operation: What wrote it.
            record: What is recorded of it.
        """
        if not self.is_known_to_have_file(record.path):
            return False
        try:
            return not isinstance(operation, EntryOperation) or operation.stood_in(self._file(record.path))
        except ReadError:  # an object in a partial clone is missing
            return False

    def is_known_to_have_file(self, path: str) -> bool:
        """Tell whether git knows that a file is merged.

        Args:
            path: The path, relative to the root of the checkout.
        """
        try:
            return self._base is not None and bool(self._base.has_file(path))
        except ReadError:  # git is missing
            return False

    def concerns(self, operation: Operation) -> bool:
        """Tell whether an operation would change what an earlier run wrote, if anything."""
        is_same = isinstance(operation, EntryOperation) and not operation.replaces
        return not is_same and self._record(operation) is not None

    def settled(self, operation: Operation, artifact: Artifact, outcome: Outcome, tree: Tree) -> Outcome | None:
        """Return why an operation must not be done because it concerns something merged, or None if it may.

        Args:
            operation: The operation on what an earlier run wrote.
            artifact: Its artifact.
            outcome: Its outcome in the tree.
            tree: The target as the previous steps left it.
        """
        record = self._record(operation)
        if record is None or outcome.status not in (Status.PLANNED, Status.CONFLICT):
            return None
        entry = operation.operation if isinstance(operation, Retirement) else operation
        if isinstance(entry, EntryOperation):
            return Outcome(Status.UNCHANGED, KEPT) if self._held(entry, record) else None
        if tree.read(record.path) is not None or isinstance(operation, Retirement):
            return Outcome(Status.UNCHANGED, KEPT) if self._is_merged(record) else None
        # GitLab squashes old migrations: the schema has what they created. For any other file the code is missing.
        is_migration = any(target.is_migration for target in artifact.targets)
        return Outcome(Status.UNCHANGED, GONE) if is_migration and self._is_merged(record) else None

    def has_other_form(self, operation: Operation, applied: Applied) -> bool:
        """Tell whether an entry to insert is merged in the form of answers that are no longer recorded.

        One in the current form that has lost some lines is restored.

        Args:
            operation: The operation.
            applied: Its result.
        """
        if not isinstance(operation, EntryOperation) or operation.replaces or applied.outcome.status != Status.PLANNED:
            return False
        record = self._record(operation)
        is_same = record is None or record.trace is None or operation.completes_earlier(applied)
        if is_same or record is None or not self._is_merged(record):
            return False
        return self._base is None or not operation.stands_whole_in(self._file(record.path))

    def refuse_other_keys(self, answers: Answers) -> None:
        """Refuse another answer to the sharding keys of a table whose migration is merged: its columns are fixed.

        Args:
            answers: The current answers.

        Raises:
            ConflictError: The table is merged with other keys.
        """
        if self._receipt is None or answers.sharding_keys == self._receipt.answers.sharding_keys:
            return
        made = {
            artifact.id
            for artifact in load_manifest(self._receipt.edition)
            if artifact.op is Op.CREATE and any(target.table == _TABLE_OF_STATES for target in artifact.targets)
        }
        for record in self._receipt.records:
            if record.id in made and self._target.checkout is not None and self._is_merged(record):
                had = " and ".join(self._receipt.answers.sharding_keys or ()) or "no sharding key"
                raise ConflictError(
                    f"the table of states is merged with {had}; nothing was written",
                    path=record.path,
                    remedy="Add or remove the column, its index and its trigger in separate migrations",
                )

    def _record(self, operation: Operation) -> Record | None:
        if self._target.checkout is None:
            return None
        path = operation.source if isinstance(operation, FileOperation) and operation.source else operation.path
        return self._records.get((operation.id, path))

    def _is_merged(self, record: Record) -> bool:
        if self._base is None or not self._base.is_sure:
            return self._is_behind(record) and (self._base is None or self._file(record.path) is not None)
        return self._file(record.path) is not None

    def _held(self, operation: EntryOperation, record: Record) -> bool:
        """Tell whether the merged file has the entry of the earlier run."""
        if not self._is_merged(record):
            return False
        return self._base is None or operation.stood_in(self._file(record.path))

    def _file(self, path: str) -> bytes | None:
        return self._base.commit.read(path) if self._base and self._base.commit else None

    def _is_behind(self, record: Record) -> bool:
        """Tell whether the milestone for which something was written is older than the checkout's."""
        if self._receipt is None:
            return False
        milestone = self._receipt.answers.of_phase(self._phases.get(record.id, "")).get("milestone")
        return milestone is not None and is_newer(self._target.gitlab_version or "", milestone)

    @cached_property
    def _phases(self) -> Mapping[str, str]:
        edition = self._receipt.edition if self._receipt else ""
        return {artifact.id: artifact.phase for artifact in load_manifest(edition)}

    @cached_property
    def _base(self) -> "Merged | None":
        from geo_scaffold.git import merged_in  # noqa: PLC0415 - runs git

        return merged_in(self._target.root)
