"""What Ruby would run for a class: its own body, its concerns' `included do`, its EE module's `prepended do`.

The parents of a class come one by one (`lineage`), as Rails asks each of them a question of its own.
"""

import re
from collections.abc import Iterator
from typing import Final

from geo_scaffold.checkout.constants import Constants
from geo_scaffold.checkout.ruby import Declaration, Definition

RECORD: Final = "ActiveRecord::Base"
APPLICATION_RECORD: Final = "ApplicationRecord"
_EXTENSIONS: Final = frozenset({"prepend_mod", "prepend_mod_with", "include_mod", "include_mod_with"})
_BLOCKS: Final = frozenset({"included", "prepended", "class_methods"})
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
        constants: Where they are.
    """

    def __init__(self, constants: Constants) -> None:
        self.constants = constants
        self._bodies: dict[str, tuple[Declaration, ...]] = {}
        self._mixins: dict[str, tuple[Declaration, ...]] = {}
        self._lineages: dict[str, tuple[str, ...]] = {}

    def definition(self, name: str) -> Definition | None:
        """Return where a class is defined: the place that names its superclass, else the first; None: nowhere."""
        found = self.constants.definitions(name)
        return next((each for each in found if each.superclass), found[0] if found else None)

    def lineage(self, name: str) -> tuple[str, ...]:
        """Return a class and what it inherits from, by full names, up to what the tree does not define.

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
        """Tell whether a class is an Active Record class, as far as the tree says what it inherits from."""
        last = self.lineage(name)[-1]
        return last == RECORD or last.endswith(APPLICATION_RECORD)

    def is_no_record(self, name: str) -> bool:
        """Tell whether a class is surely none of Active Record's; one that inherits from a gem's class may be one.

        A superclass that is made on the spot, as by `Struct.new`, is no class of records; Ruby's own are none.
        """
        last = self.lineage(name)[-1]
        is_known = self.definition(last) is not None or last in _PLAIN or not _CONSTANT.match(last)
        return is_known and not self.is_record(name)

    def connection_class(self, name: str) -> str | None:
        """Return the abstract class by which a class knows its database; None: it is none of Active Record's."""
        if not self.is_record(name):
            return None
        lineage = self.lineage(name)
        named = (each for each in lineage if each.rpartition("::")[2].endswith(APPLICATION_RECORD))
        abstract = (each for each in reversed(lineage[:-1]) if self.is_abstract(each))
        return next(named, None) or next(abstract, None) or lineage[-1]

    def is_abstract(self, name: str) -> bool:
        """Tell whether a class is an Active Record class without a table of its own."""
        if name == RECORD or name.endswith(APPLICATION_RECORD):
            return True
        return any(each.name == "abstract_class=" and each.value == "true" for each in self.body(name))

    def setting(self, name: str, *sets: str) -> Declaration | None:
        """Return what an attribute of a class has its value from; None: nothing in the tree sets it.

        The last of what the class runs counts, then its parent: a concern's value stands until the class sets its own.

        Args:
            name: The class.
            sets: The declarations that set it, such as `primary_key=`.
        """
        bodies = (self.body(each) for each in self.lineage(name))
        return next((each for body in bodies for each in reversed(body) if each.name in sets), None)

    def body(self, name: str) -> tuple[Declaration, ...]:
        """Return what is declared of a class itself, in the order in which Ruby runs it.

        Args:
            name: Its full name; what its parents declare is not part of it.
        """
        if name not in self._bodies:
            self._bodies[name] = ()  # for a class that is part of itself
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
        """Yield what is declared of a class and of its parents, the class first."""
        for each in self.lineage(name):
            yield from self.body(each)

    def mixin(self, name: str) -> tuple[Declaration, ...]:
        """Return what a module declares of the class that takes it: its blocks, its methods, those of what it includes.

        Args:
            name: Its full name.
        """
        if name not in self._mixins:
            self._mixins[name] = ()
            found: list[Declaration] = []
            path = None
            for definition in self.constants.definitions(name):
                path = definition.path
                for each in definition.declarations:
                    if each.name in _BLOCKS:
                        found += self._run(each.block, name)
                    else:
                        found += self._run([each], name)
            if path and (top := next(iter(self.constants.in_file(path)), None)) and not top.name:
                found += self._extensions(top.declarations, name)
            self._mixins[name] = tuple(found)
        return self._mixins[name]

    def includes(self, name: str, module: str) -> Declaration | None:
        """Return what takes a module into a class, its parents or its mixins; None: nothing does.

        Args:
            name: The class.
            module: The full name of the module.
        """
        return next((each for each in self.everything(name) if each.name == "mixed in" and each.value == module), None)

    def _run(self, declarations: "list[Declaration] | tuple[Declaration, ...]", owner: str) -> Iterator[Declaration]:
        for each in declarations:
            if each.name in {"include", "prepend"}:
                for argument in reversed(each.arguments):
                    module = self._module(argument, each)
                    if module:
                        yield Declaration("mixed in", each.path, each.line, each.nesting, value=module)
                        yield from self.mixin(module)
            elif each.name in _EXTENSIONS:
                yield from self._extensions([each], owner)
            elif each.name not in _BLOCKS:
                yield each

    def _module(self, argument: str, declaration: Declaration) -> str | None:
        constant = argument.partition(".")[0].partition("[")[0].partition("(")[0]
        if not constant[:1].isupper() and not constant.startswith("::"):
            return None
        return self.constants.resolve(constant, declaration.nesting)

    def _extensions(
        self, declarations: "list[Declaration] | tuple[Declaration, ...]", owner: str
    ) -> Iterator[Declaration]:
        """Yield what the EE module of a class or module adds (`Object#prepend_mod`)."""
        for each in declarations:
            if each.name not in _EXTENSIONS:
                continue
            named = each.arguments[0].strip("'\"") if each.arguments else owner
            if named == owner:
                yield from self.mixin(f"EE::{named}")
