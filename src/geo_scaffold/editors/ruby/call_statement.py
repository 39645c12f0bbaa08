"""A macro call among its siblings."""

from typing import TYPE_CHECKING

from geo_scaffold.editors.failures import blocked
from geo_scaffold.editors.ruby import placement
from geo_scaffold.editors.ruby.calls import arguments_of, call_the_same, first_method, mentions, sort_key
from geo_scaffold.editors.ruby.members import place_for
from geo_scaffold.editors.ruby.statement import Statement, last_name
from geo_scaffold.editors.ruby.syntax import Source, all_equivalent, equivalent, single, text_of
from geo_scaffold.records import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node

    from geo_scaffold.editors.splice import Splice


@dataclass(frozen=True, kw_only=True)
class CallStatement(Statement):
    """A call such as `field :name, ...`, `include X` or `it_behaves_like '...', {...}`, among calls of that method.

    It exists if a call of the method has the same first argument, whatever the others are; if it has only one argument,
    as `include X`, also if another call lists that argument.

    Args:
        text: The call.
        inside: The scopes around it.
        key: An expression that distinguishes it from calls with the same first argument, such as `'names'`: it exists
            if such a call contains the key.
        ordered: Whether it is inserted in alphabetical order, if its siblings are strictly sorted; else it goes last.
        sorted_by: The key in its arguments whose value is the sort key; empty for its first argument.
        below: Methods below whose last call it goes if there is no sibling, set apart by a blank line.
        may_be_first: Whether it goes first into the scope if there are neither; if not, that is an error.
        is_alone: Whether a sibling is an error, because there can be only one.

    Examples:
        ```toml
        editor = { kind = "call", inside = ["GeoNodeType"] }
        ```

        with the lines:

        ```ruby
        field :cool_widget_registries, null: true
        ```

        Before:

        ```ruby
        class GeoNodeType
          field :boiler_registries, null: true
          field :steam_registries, null: true
        end
        ```

        After:

        ```ruby
        class GeoNodeType
          field :boiler_registries, null: true
          field :cool_widget_registries, null: true
          field :steam_registries, null: true
        end
        ```

        ```toml
        editor = { kind = "calls", inside = ["describe CoolWidget"], ordered = false }
        ```

        with the lines:

        ```ruby
        include_examples 'a replicable model'
        it_behaves_like 'a verifiable model'
        ```

        Before:

        ```ruby
        describe CoolWidget do
          include_examples 'a model'
          it_behaves_like 'a named model'
        end
        ```

        After:

        ```ruby
        describe CoolWidget do
          include_examples 'a model'
          include_examples 'a replicable model'
          it_behaves_like 'a named model'
          it_behaves_like 'a verifiable model'
        end
        ```
    """

    key: str = ""
    ordered: bool = True
    sorted_by: str = ""
    below: tuple[str, ...] = ()
    may_be_first: bool = False
    is_alone: bool = False

    def common_name(self) -> str:
        """Return the name in the key or the first argument."""
        arguments = arguments_of(self.expected())
        return last_name(single(self.key) if self.key else arguments[0] if arguments else None)

    def matches(self, statement: "Node") -> bool:
        """Tell whether a statement is the call, in any spelling."""
        expected = self.expected()
        if not self._is_sibling(statement):
            return False
        if self.key:
            return mentions(statement, self.key)
        wanted, actual = arguments_of(expected), arguments_of(statement)
        if len(wanted) == 1 and expected.child_by_field_name("block") is None:
            return any(equivalent(argument, wanted[0]) for argument in actual)
        return all_equivalent(wanted[:1], actual[:1])

    def adding(self, source: Source) -> "list[Splice]":
        """Return the splices that insert it among its siblings."""
        body = self.body(source).statements
        siblings = [statement for statement in body if self._is_sibling(statement)]
        if self.is_alone and siblings:
            raise blocked(f"expected {self.what}, found `{text_of(siblings[0]).splitlines()[0]}`")
        if not siblings:
            above = [statement for statement in body if first_method(statement) in self.below]
            if above:
                return [placement.after(source, above[-1], self.text, blank=True)]
            if not self.may_be_first:
                raise blocked(f"expected another call beside which {self.what} would go, found none")
            return [placement.first(source, self.scope(source), self.text)]
        keys = [sort_key(sibling, self.sorted_by) for sibling in siblings]
        index = place_for(sort_key(self.expected(), self.sorted_by), keys, ordered=self.ordered)
        return self.insertions(source, siblings, index)

    def _is_sibling(self, statement: "Node") -> bool:
        """Tell whether a statement calls the same method, and with a key, also has the same first argument."""
        expected = self.expected()
        return call_the_same(statement, expected) and (
            not self.key or all_equivalent(arguments_of(expected)[:1], arguments_of(statement)[:1])
        )
