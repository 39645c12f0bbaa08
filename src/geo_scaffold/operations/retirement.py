"""What an earlier run did and the current answers no longer ask for."""

from geo_scaffold.operations.operation import Applied, Operation, OpKind, Outcome, Status
from geo_scaffold.operations.whole_file import FileOperation
from geo_scaffold.records import dataclass
from geo_scaffold.tree import Tree


@dataclass(frozen=True, slots=True)
class Retirement:
    """Revert an operation of an earlier run, because another one replaces it, or none.

    Args:
        operation: The earlier operation.
    """

    operation: Operation

    @property
    def id(self) -> str:
        """The artifact's id."""
        return self.operation.id

    @property
    def kind(self) -> OpKind:
        """How the operation worked."""
        return self.operation.kind

    @property
    def path(self) -> str:
        """The file that it wrote to."""
        return self.operation.path

    def status(self, tree: Tree) -> Outcome:
        """Tell whether it can be reverted."""
        before = tree.read(self.path)
        outcome = self._take_back(tree)
        if before is not None:
            tree.write(self.path, before)
        return outcome

    def apply(self, tree: Tree, *, force: bool = False) -> Applied:
        """Revert it, unless a person has edited it; `force` removes an edited file nevertheless.

        An edited entry always stays, because the file that it is in is not ours.
        """
        before = tree.read(self.path)
        outcome = self._take_back(tree)
        if outcome.status is Status.CONFLICT and force:
            tree.delete(self.path)
        return Applied(outcome, before, tree.read(self.path))

    def revert(self, _tree: Tree) -> str | None:
        """Do nothing: what was reverted is in no receipt."""
        return None

    def _take_back(self, tree: Tree) -> Outcome:
        if reason := self.operation.revert(tree):
            if not isinstance(self.operation, FileOperation):
                return Outcome(Status.UNCHANGED, f"these answers do not ask for it; {reason}")
            return Outcome(
                Status.CONFLICT, f"these answers do not ask for it, and it is {reason.removesuffix(', kept')}"
            )
        return Outcome(Status.PLANNED, "these answers do not ask for it: taken back")
