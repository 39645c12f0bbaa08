"""Three statements of an example: its setup, and the expectations before and after the step under test."""

from functools import lru_cache
from typing import TYPE_CHECKING

from geo_scaffold.editors.failures import blocked, not_once
from geo_scaffold.editors.ruby.batch import Batch
from geo_scaffold.editors.ruby.calls import first_method, mentions
from geo_scaffold.editors.ruby.statement import Body, Statement, body_in, last_name
from geo_scaffold.editors.ruby.syntax import Source, equivalent, single
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice


@dataclass(frozen=True, kw_only=True)
class StepStatement(Statement):
    """One statement of an example, placed last among similar ones on its side of the step under test.

    Similar are assignments that call the same method, and calls that start with the same method. An assignment exists
    if its name is assigned, a call if a similar one contains the key.

    Args:
        text: The statement.
        inside: The scopes around it, the last one being the example.
        step: The step under test, which must occur once in the example.
        below: Whether it goes below the step, else above.
        key: The expression that distinguishes a call from similar ones.
    """

    step: str
    below: bool
    key: str = ""

    def matches(self, statement: "Node") -> bool:
        """Tell whether a statement is it."""
        expected = self.expected()
        if expected.type == "assignment":
            return statement.type == "assignment" and equivalent(statement.children[0], expected.children[0])
        if not self._is_like_it(statement):
            return False
        return mentions(statement, self.key) if self.key else equivalent(statement, expected)

    def common_name(self) -> str:
        """Return the assigned name, or that of the key."""
        expected = self.expected()
        if expected.type == "assignment":
            return last_name(expected.children[0])
        return last_name(single(self.key)) if self.key else ""

    def body(self, source: Source) -> Body:
        """Return the statements on its side of the step."""
        return _side(source, self.inside, self.step, below=self.below)

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it below the last similar statement."""
        like = [statement for statement in self.body(source).statements if self._is_like_it(statement)]
        if not like:
            raise blocked(f"expected a statement like {self.what}, found none")
        return self.insertions(source, like, len(like))

    def _is_like_it(self, statement: "Node") -> bool:
        expected = self.expected()
        return statement.type == expected.type and _starts(statement) == _starts(expected)


@dataclass(frozen=True, kw_only=True)
class ItStatements:
    """Three statements of an example, each placed last in its group.

    The entry exists if all three do. `insert` adds the missing ones, `remove` removes all.

    Args:
        setup: An assignment, such as `x = create(:x)`; it exists if the name is assigned.
        before: A statement above the step, such as `expect(X.count).to eq(0)`.
        after: A statement below the step.
        key: An expression, such as `X`; `before` and `after` exist if such a statement contains it.
        inside: The scopes around them, the last one being the example.
        step: The step under test, such as `subject.perform`.

    Example:
        ```toml
        editor = { kind = "example-steps", key = "WidgetRegistry", inside = ["creates"], step = "subject.perform" }
        ```

        with the lines:

        ```ruby
        widget = create(:widget)

        expect(WidgetRegistry.count).to eq(0)

        expect(WidgetRegistry.count).to eq(1)
        ```

        Before:

        ```ruby
        it 'creates' do
          boiler = create(:boiler)

          expect(BoilerRegistry.count).to eq(0)

          subject.perform

          expect(BoilerRegistry.count).to eq(1)
        end
        ```

        After:

        ```ruby
        it 'creates' do
          boiler = create(:boiler)
          widget = create(:widget)

          expect(BoilerRegistry.count).to eq(0)
          expect(WidgetRegistry.count).to eq(0)

          subject.perform

          expect(BoilerRegistry.count).to eq(1)
          expect(WidgetRegistry.count).to eq(1)
        end
        ```
    """

    setup: str
    before: str
    after: str
    key: str
    inside: tuple[str, ...]
    step: str

    def contains(self, text: str) -> bool:
        """Tell whether all three exist."""
        return self._batch.contains(text)

    def insert(self, text: str) -> str:
        """Return the text with all three."""
        return self._batch.insert(text)

    def remove(self, text: str) -> str:
        """Return the text without any of them."""
        return self._batch.remove(text)

    @property
    def _batch(self) -> Batch:
        return Batch(tuple(self.parts()))

    def parts(self) -> list[StepStatement]:
        """Return the three."""

        def part(text: str, *, below: bool = False) -> StepStatement:
            return StepStatement(text=text, inside=self.inside, step=self.step, below=below, key=self.key)

        return [part(self.setup), part(self.before), part(self.after, below=True)]


@lru_cache(maxsize=32)
def _side(source: Source, inside: tuple[str, ...], step: str, *, below: bool) -> Body:
    """Return the statements of an example on one side of a step."""
    body = body_in(source, inside).statements
    at = [index for index, statement in enumerate(body) if equivalent(statement, single(step))]
    if len(at) != 1:
        raise not_once(f"`{step}`", inside, len(at))
    return Body(source, body[at[0] + 1 :] if below else body[: at[0]])


def _starts(statement: "Node") -> str:
    """Return the method with which a statement, or the right side of an assignment, starts."""
    right = statement.child_by_field_name("right") if statement.type == "assignment" else statement
    return "" if right is None else first_method(right)
