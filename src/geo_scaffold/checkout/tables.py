"""The table of a class: as the dictionary has it, as the class sets it, or as Rails derives it."""

from typing import Final, NamedTuple

from geo_scaffold.checkout.classes import Classes
from geo_scaffold.checkout.dictionary import Dictionary, Entry
from geo_scaffold.checkout.literals import word
from geo_scaffold.checkout.structure import Structure
from geo_scaffold.names.inflector import Inflector

_UNPREFIXED: Final = ("", "")
_PREFIX: Final = ("def self.table_name_prefix", "table_name_prefix=")


class SourcedValue(NamedTuple):
    """A value and where it comes from, `path:line`."""

    value: str
    source: str


class Declared(NamedTuple):
    """The table that a class has by its code: its name, the source, and whether it is set or derived."""

    value: str
    source: str
    how: str


class Tables:
    """The tables of the classes of a tree.

    Args:
        classes: The classes.
        dictionary: The entries of `db/docs`.
        structure: What `db/structure.sql` says.
        inflector: The checkout's inflector.
    """

    def __init__(self, classes: Classes, dictionary: Dictionary, structure: Structure, inflector: Inflector) -> None:
        self._classes = classes
        self._dictionary = dictionary
        self._structure = structure
        self._inflector = inflector
        self._declared: dict[str, Declared | None] = {}

    def of_class(self, name: str) -> SourcedValue | None:
        """Return the table of a class, or None if it has none.

        The dictionary decides if it names the class for one table. Of several, the one that the class itself has by its
        code wins; a partition never counts as its parent table. For a class that is not in the tree, the dictionary is
        not read as a whole, unless it has been already.

        Args:
            name: Its full name.
        """
        declared = self.declared(name)
        if declared:
            usual = self._dictionary.entry(declared.value)
            if usual and name in usual.classes:
                return SourcedValue(usual.table, usual.source("classes"))
            if "self.table_name" in declared.how and self._structure.table(declared.value):
                return SourcedValue(declared.value, declared.source)
        if self._classes.definition(name) is None and not self._dictionary.is_read:
            return self._usual(name)
        entries = [entry for entry in self._dictionary.of_class(name) if not self._is_part(entry)]
        if len(entries) == 1:
            return SourcedValue(entries[0].table, entries[0].source("classes"))
        if len(entries) > 1:
            best = min(entries, key=lambda each: (each.classes[0] != name, len(each.classes), each.table))
            return SourcedValue(best.table, best.source("classes"))
        return SourcedValue(declared.value, declared.source) if declared else None

    def _usual(self, name: str) -> SourcedValue | None:
        """Return the table named after a class that does not exist yet, if the dictionary has it."""
        parts = self._inflector.underscore(name).split("/")
        for each in dict.fromkeys(("_".join(parts), parts[-1])):
            entry = self._dictionary.entry(self._inflector.pluralize(each))
            if entry and name in entry.classes:
                return SourcedValue(entry.table, entry.source("classes"))
        return None

    def declared(self, name: str) -> Declared | None:
        """Return the table that Rails derives for a class, or None if it is not an Active Record class.

        Rails: `reset_table_name` and `compute_table_name` of ActiveRecord::ModelSchema.

        Args:
            name: Its full name.
        """
        if name not in self._declared:
            self._declared[name] = None
            self._declared[name] = self._declare(name)
        return self._declared[name]

    def prefix_of(self, name: str) -> str:
        """Return the table prefix that a class declares for its children; empty if none."""
        return self._class_prefix(name)[0]

    def _declare(self, name: str) -> Declared | None:
        definition = self._classes.definition(name)
        if definition is None:
            return None
        for declaration in reversed(self._classes.body(name)):
            if declaration.name in {"table_name=", "def self.table_name"}:
                value = self._text(declaration.value, name)
                # A value that only Ruby could compute is unknown, whatever Rails would derive.
                return Declared(value.rpartition(".")[2], declaration.source, "self.table_name") if value else None
        if not self._classes.is_record(name) or self._classes.is_abstract(name):
            return None
        parent = self._classes.lineage(name)[1]
        if not self._classes.is_abstract(parent):
            above = self.declared(parent)
            return Declared(above.value, above.source, above.how) if above else None
        inherited = self._set_by_abstract(parent)
        if inherited:
            return inherited
        prefix, where = self._prefix(name)
        last = self._inflector.underscore(name.rpartition("::")[2])
        return Declared(
            f"{prefix}{self._contained(name)}{self._inflector.pluralize(last)}", where or definition.source, "rails"
        )

    def _set_by_abstract(self, parent: str) -> Declared | None:
        for above in self._classes.lineage(parent):
            for declaration in reversed(self._classes.body(above)):
                if declaration.name == "table_name=" and (value := self._text(declaration.value, above)):
                    return Declared(value, declaration.source, "self.table_name")
        return None

    def _prefix(self, name: str) -> tuple[str, str]:
        """Return the prefix of a table and its source: the innermost namespace that has one, else the class."""
        above = name.rpartition("::")[0]
        while above:
            if self._classes.definition(above) is not None:
                for declaration in reversed(self._classes.body(above)):
                    if declaration.name in _PREFIX:
                        return self._text(declaration.value, above) or "", declaration.source
                if self._classes.is_record(above):  # every Active Record class has one, even if inherited
                    return self._class_prefix(above)
            above = above.rpartition("::")[0]
        return self._class_prefix(name)

    def _class_prefix(self, name: str) -> tuple[str, str]:
        found = self._classes.setting(name, *_PREFIX)
        return (self._text(found.value, name) or "", found.source) if found else _UNPREFIXED

    def _contained(self, name: str) -> str:
        """Return the prefix of a class nested in a record class: the outer table's name, in the singular."""
        above = name.rpartition("::")[0]
        if not above or not self._classes.definition(above) or not self._classes.is_record(above):
            return ""
        if self._classes.is_abstract(above) or not (table := self.of_class(above)):
            return ""
        own = self._inflector.underscore(above.rpartition("::")[2])
        plural = self._inflector.pluralize(own)
        singular = (
            table.value.removesuffix(plural) + own if table.value.endswith(plural) else table.value.removesuffix("s")
        )
        return f"{singular}_"

    def _text(self, source: str, owner: str) -> str | None:
        return word(source, lambda hole: self._fill(hole, owner))

    def _fill(self, hole: str, owner: str) -> str | None:
        receiver, _, method = hole.rpartition(".")
        if method == "table_name_suffix":
            return ""
        if method != "table_name_prefix":
            return None
        if receiver in {"", "self"}:
            return self._prefix(owner)[0]
        module = self._classes.constants.resolve(receiver, [owner, *_parents(owner)])
        for declaration in reversed(self._classes.body(module)):
            if declaration.name in _PREFIX:
                return self._text(declaration.value, module)
        return None

    def _is_part(self, entry: Entry) -> bool:
        return self._structure.partition(entry.table) is not None


def _parents(name: str) -> list[str]:
    parts = name.split("::")[:-1]
    return ["::".join(parts[:depth]) for depth in range(len(parts), 0, -1)]
