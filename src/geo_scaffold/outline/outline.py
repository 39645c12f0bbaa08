"""The constructs of a Ruby file, with queries."""

from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from typing import TypeVar, cast

from geo_scaffold.outline.construct import Construct
from geo_scaffold.outline.keys import Call, Class, Constant, Key, Method, Setting

KeyT = TypeVar("KeyT", bound=Key)


class Outline(Mapping[Key, Construct[Key]]):
    """The constructs of a file, or of several that make up one class, by their keys and in order.

    Args:
        constructs: The constructs; of two with the same key, the first wins.
    """

    def __init__(self, constructs: Iterable[Construct[Key]] = ()) -> None:
        self._constructs: dict[Key, Construct[Key]] = {}
        for construct in constructs:
            self._constructs.setdefault(construct.key, construct)

    def __getitem__(self, key: Key) -> Construct[Key]:
        return self._constructs[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._constructs)

    def __len__(self) -> int:
        return len(self._constructs)

    def __contains__(self, key: object) -> bool:
        return key in self._constructs

    def values(self) -> ValuesView[Construct[Key]]:
        """Return the constructs, as in `Mapping` but faster: an audit iterates over ten thousand."""
        return self._constructs.values()

    def items(self) -> ItemsView[Key, Construct[Key]]:
        """Return the constructs with their keys; for the same reason."""
        return self._constructs.items()

    def and_of(self, *others: "Outline") -> "Outline":
        """Return the constructs of this file, then those of others."""
        return Outline(construct for other in (self, *others) for construct in other.values())

    def classes(self) -> list[Construct[Class]]:
        """Return the classes and modules; the value of each is its superclass."""
        return list(self._all(Class))

    def methods(self, *names: str) -> list[Construct[Method]]:
        """Return the class and instance methods with these names."""
        return [construct for construct in self._all(Method) if construct.key.name in names]

    def calls(self, *names: str) -> list[Construct[Call]]:
        """Return the calls of some methods: `calls("include")` has one for each included module.

        Args:
            names: Names such as `belongs_to`. Equivalent methods have one name: `let_it_be` and `subject` are `let`,
                `include_examples` is `it_behaves_like`; an association of a factory has its own name.
        """
        return [construct for construct in self._all(Call) if construct.key.name in names]

    def constant(self, name: str) -> Construct[Constant] | None:
        """Return an assigned constant, in any scope, or None if there is none."""
        return next((construct for construct in self._all(Constant) if construct.key.name == name), None)

    def value(self, name: str) -> str | None:
        """Return the value under a name in the class, as far as it is known without running it, or None.

        Args:
            name: The name of an assigned attribute (`self.table_name = 'x'`), of a class method that returns one value
                (`def self.model` with `::CoolWidget` in it), or of a constant.
        """
        for construct in self.values():
            if construct.key.name == name and construct.value and _has_value(construct.key):
                return construct.value
        return None

    def _all(self, sort: type[KeyT]) -> Iterator[Construct[KeyT]]:
        return (cast("Construct[KeyT]", construct) for construct in self.values() if isinstance(construct.key, sort))


def _has_value(key: Key) -> bool:
    return isinstance(key, Setting | Constant) or (isinstance(key, Method) and key.is_static)
