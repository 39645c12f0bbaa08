"""What Ruby would run for a class: its own body, its concerns' `included do`, its EE module's `prepended do`.

The parents of a class are returned one by one (`lineage`), because Rails evaluates each of them separately.
"""

import re
from collections.abc import Iterator
from typing import Final

from geo_scaffold.checkout.constants import Constants
from geo_scaffold.checkout.ruby import Declaration, Definition

RECORD: Final = "ActiveRecord::Base"
APPLICATION_RECORD: Final = "ApplicationRecord"
# GitLab's own (config/initializers/0_inject_enterprise_edition_module.rb).
_EXTENSIONS: Final = frozenset({"prepend_mod", "prepend_mod_with", "include_mod", "include_mod_with"})
_BLOCKS: Final = frozenset({"included", "prepended", "class_methods"})
# A superclass that is a constant, such as `Ci::ApplicationRecord`, and not an expression.
_CONSTANT: Final = re.compile(r"\w+(?:::\w+)*\Z")
_PLAIN: Final = frozenset(
    {
        *("Object", "BasicObject", "Struct", "Data", "OpenStruct", "String", "Hash", "Array", "Set", "Module", "Class"),
        *("Exception", "StandardError", "RuntimeError", "ArgumentError", "Delegator", "SimpleDelegator"),
    }
)
"""Classes of Ruby that others inherit from."""


class Classes:
    """The classes of a tree.

    Args:
        constants: The lookup of constants.
    """

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self._bodies: dict[str, tuple[Declaration, ...]] = {}
        self._mixins: dict[str, tuple[Declaration, ...]] = {}
        self._lineages: dict[str, tuple[str, ...]] = {}

    def definition(self, name: str) -> Definition | None:
        """Return where a class is defined (preferably the place that names its superclass), or None if it is not."""
        definitions = self.constants.definitions(name)
        return next((each for each in definitions if each.superclass), definitions[0] if definitions else None)

    def lineage(self, name: str) -> tuple[str, ...]:
        """Return the full names of a class and its ancestors, up to the first that the tree does not define.

        Args:
            name: Its full name.
        """
        if name not in self._lineages:
            chain = [name]
            while (definition := self.definition(chain[-1])) and definition.superclass:
                parent = self.constants.resolve(definition.superclass, definition.nesting[1:], but=chain[-1])
                if parent in chain:
                    break
                chain.append(parent)
            self._lineages[name] = tuple(chain)
        return self._lineages[name]

    def is_record(self, name: str) -> bool:
        """Tell whether a class is an Active Record class, as far as the tree shows its ancestors."""
        last = self.lineage(name)[-1]
        return last == RECORD or last.endswith(APPLICATION_RECORD)

    def is_no_record(self, name: str) -> bool:
        """Tell whether a class is certainly not an Active Record class; one that inherits from a gem's class may be.

        A superclass that is an expression, such as `Struct.new`, is not a record class, and neither are Ruby's own.
        """
        last = self.lineage(name)[-1]
        is_known = self.definition(last) is not None or last in _PLAIN or not _CONSTANT.match(last)
        return is_known and not self.is_record(name)

    def connection_class(self, name: str) -> str | None:
        """Return the abstract class that connects a class to its database, or None if it is not a record class."""
        if not self.is_record(name):
            return None
        lineage = self.lineage(name)
        named = (ancestor for ancestor in lineage if ancestor.rpartition("::")[2].endswith(APPLICATION_RECORD))
        abstract = (ancestor for ancestor in reversed(lineage[:-1]) if self.is_abstract(ancestor))
        return next(named, None) or next(abstract, None) or lineage[-1]

    def is_abstract(self, name: str) -> bool:
        """Tell whether a class is an Active Record class without a table of its own."""
        if name == RECORD or name.endswith(APPLICATION_RECORD):
            return True
        return any(
            declaration.name == "abstract_class=" and declaration.value == "true" for declaration in self.body(name)
        )

    def setting(self, name: str, *sets: str) -> Declaration | None:
        """Return the declaration that sets an attribute of a class, or None if nothing in the tree does.

        The last declaration that the class runs wins, then its parent's: a concern's value holds until the class sets
        its own.

        Args:
            name: The class.
            sets: The declarations that set it, such as `primary_key=`.
        """
        bodies = (self.body(ancestor) for ancestor in self.lineage(name))
        return next(
            (declaration for body in bodies for declaration in reversed(body) if declaration.name in sets), None
        )

    def body(self, name: str) -> tuple[Declaration, ...]:
        """Return the declarations of a class itself, in the order in which Ruby runs them.

        Args:
            name: Its full name; its parents' declarations are left out.
        """
        if name not in self._bodies:
            self._bodies[name] = ()  # for a class that includes itself
            found: list[Declaration] = []
            path = None
            for definition in self.constants.definitions(name):
                found += self._run(definition.declarations, name)
                path = definition.path
            if path:
                top = next(iter(self.constants.in_file(path)), None)
                if top and not top.name:
                    found += self._extensions(top.declarations, name)
            self._bodies[name] = tuple(found)
        return self._bodies[name]

    def everything(self, name: str) -> Iterator[Declaration]:
        """Yield the declarations of a class and of its parents, the class first."""
        for ancestor in self.lineage(name):
            yield from self.body(ancestor)

    def mixin(self, name: str) -> tuple[Declaration, ...]:
        """Return what a module declares in the class that includes it: its blocks, methods, and what it includes.

        Args:
            name: Its full name.
        """
        if name not in self._mixins:
            self._mixins[name] = ()
            found: list[Declaration] = []
            path = None
            for definition in self.constants.definitions(name):
                path = definition.path
                for declaration in definition.declarations:
                    if declaration.name in _BLOCKS:
                        found += self._run(declaration.block, name)
                    else:
                        found += self._run([declaration], name)
            if path and (top := next(iter(self.constants.in_file(path)), None)) and not top.name:
                found += self._extensions(top.declarations, name)
            self._mixins[name] = tuple(found)
        return self._mixins[name]

    def includes(self, name: str, module: str) -> Declaration | None:
        """Return the declaration that includes a module in a class, its parents or its mixins, or None if nothing does.

        Args:
            name: The class.
            module: The full name of the module.
        """
        return next(
            (
                declaration
                for declaration in self.everything(name)
                if declaration.name == "mixed in" and declaration.value == module
            ),
            None,
        )

    def _run(self, declarations: "list[Declaration] | tuple[Declaration, ...]", owner: str) -> Iterator[Declaration]:
        for declaration in declarations:
            if declaration.name in {"include", "prepend"}:
                for argument in reversed(declaration.arguments):
                    module = self._module(argument, declaration)
                    if module:
                        yield Declaration(
                            "mixed in", declaration.path, declaration.line, declaration.nesting, value=module
                        )
                        yield from self.mixin(module)
            elif declaration.name in _EXTENSIONS:
                yield from self._extensions([declaration], owner)
            elif declaration.name not in _BLOCKS:
                yield declaration

    def _module(self, argument: str, declaration: Declaration) -> str | None:
        constant = argument.partition(".")[0].partition("[")[0].partition("(")[0]
        if not constant[:1].isupper() and not constant.startswith("::"):
            return None
        return self.constants.resolve(constant, declaration.nesting)

    def _extensions(
        self, declarations: "list[Declaration] | tuple[Declaration, ...]", owner: str
    ) -> Iterator[Declaration]:
        """Yield what the EE module of a class or module adds (`Object#prepend_mod`)."""
        for declaration in declarations:
            if declaration.name not in _EXTENSIONS:
                continue
            named = declaration.arguments[0].strip("'\"") if declaration.arguments else owner
            if named == owner:
                yield from self.mixin(f"EE::{named}")
