"""Dataclasses like those of the standard library, created in a fifth of the time.

`dataclasses` compiles the text of six methods for each class, which took a seventh of a run of `new`. Here only the
`__init__` is compiled, once a run creates more than a few records of a class, and all classes share the rest. Neither a
reader nor mypy sees a difference: `tests/test_records.py` compares them. It supports only what the generator uses: no
`order`, `ClassVar` or `InitVar`.
"""

import sys
from collections.abc import Callable
from operator import attrgetter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final

__all__ = ["dataclass", "field", "fields", "replace"]

_MISSING: Final = object()
_FIELDS: Final = "__record_fields__"
_FEW: Final = 8
"""From how many records of a class on it pays to compile the class's `__init__`."""


class Field:
    """A field of a class.

    Attributes:
        default: The value if none is given.
        default_factory: A function that returns it.
        compare: Whether it counts for equality.
        hash: Whether it counts for the hash; None: as for equality.
        repr: Whether `repr` shows it.
        name: Its name.
        kw_only: Whether it is keyword-only.
    """

    __slots__ = ("compare", "default", "default_factory", "hash", "kw_only", "name", "repr")

    def __init__(self, default: Any, default_factory: Any, compare: bool, hash: bool | None, repr: bool) -> None:  # noqa: A002 - as the standard library has it
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.hash = hash
        self.repr = repr
        self.name = ""
        self.kw_only = False


def _field(
    *,
    default: Any = _MISSING,
    default_factory: Any = _MISSING,
    compare: bool = True,
    hash: bool | None = None,  # noqa: A002 - as the standard library has it
    repr: bool = True,  # noqa: A002
) -> Any:
    """Describe a field, as `dataclasses.field` does."""
    return Field(default, default_factory, compare, hash, repr)


def _dataclass(
    cls: Any = None,
    *,
    frozen: bool = False,
    slots: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002 - as the standard library has it
    kw_only: bool = False,
) -> Any:
    """Build a class from its annotations, as `dataclasses.dataclass` does."""

    def made(cls: Any) -> Any:
        return _made(cls, frozen=frozen, slots=slots, eq=eq, shows=repr, kw_only=kw_only)

    return made if cls is None else made(cls)


def _fields(record: Any) -> tuple[Field, ...]:
    """Return the fields of a record or of its class."""
    record_fields: tuple[Field, ...] = getattr(record, _FIELDS)
    return record_fields


def _replace(record: Any, /, **changes: Any) -> Any:
    """Return a record with other values for some fields."""
    for field_ in getattr(record, _FIELDS):
        if field_.name not in changes:
            changes[field_.name] = getattr(record, field_.name)
    return record.__class__(**changes)


if TYPE_CHECKING:
    from dataclasses import dataclass, field, fields, replace
else:
    dataclass, field, fields, replace = _dataclass, _field, _fields, _replace


def _made(cls: Any, *, frozen: bool, slots: bool, eq: bool, shows: bool, kw_only: bool) -> Any:
    own = [_taken(cls, name, kw_only) for name in _annotated(cls)]
    by_name = {field_.name: field_ for base in reversed(cls.__mro__[1:]) for field_ in base.__dict__.get(_FIELDS, ())}
    every = tuple((by_name | {field_.name: field_ for field_ in own}).values())
    members: dict[str, Any] = {_FIELDS: every, "__init__": _init_of(every, frozen)}
    members["__match_args__"] = tuple(field_.name for field_ in every if not field_.kw_only)
    if shows:
        members["__repr__"] = _repr
    if eq:
        members["__eq__"] = _equality(_values([field_.name for field_ in every if field_.compare]))
        counted = [field_.name for field_ in every if (field_.compare if field_.hash is None else field_.hash)]
        members["__hash__"] = _hash(_values(counted)) if frozen else None
    if frozen:
        members |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    for name, member in members.items():
        # What the class defines itself stays, as with the standard library; with `__eq__` it has a `__hash__` of None.
        if name not in cls.__dict__ or (name == "__hash__" and cls.__dict__[name] is None):
            setattr(cls, name, member)
    return _slotted(cls, [field_.name for field_ in own], frozen) if slots else cls


def _annotated(cls: Any) -> list[str]:
    """Return the names that a class itself annotates, in their order."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations  # noqa: PLC0415 - there is none before

        return list(get_annotations(cls, format=Format.FORWARDREF))
    return list(cls.__dict__.get("__annotations__", ()))  # noqa: RUF063 - `inspect` is slow to import


def _taken(cls: Any, name: str, kw_only: bool) -> Field:
    """Return a field that a class declares, and keep its default, if any, in the class."""
    value = cls.__dict__.get(name, _MISSING)
    taken = value if isinstance(value, Field) else Field(value, _MISSING, True, None, True)
    taken.name, taken.kw_only = name, kw_only
    if taken is value:
        if taken.default is _MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, taken.default)
    return taken


def _init_of(every: tuple[Field, ...], frozen: bool) -> Any:
    """Return an `__init__` that compiles the real one and replaces itself once more than a few records are created."""
    by_position = [field_.name for field_ in every if not field_.kw_only]
    names = frozenset(field_.name for field_ in every)
    left = _FEW

    def __init__(self: Any, *values: Any, **by_name: Any) -> None:  # noqa: N807
        nonlocal left
        left -= 1
        given = dict(zip(by_position, values, strict=False)) | by_name
        # With a mistake in the arguments, the compiled one says what it is.
        if left > 0 and len(given) == len(values) + len(by_name) and names >= given.keys():
            for field_ in every:
                value = given.get(field_.name, field_.default)
                if value is _MISSING and field_.default_factory is not _MISSING:
                    value = field_.default_factory()
                if value is _MISSING:
                    break
                object.__setattr__(self, field_.name, value)
            else:
                if hasattr(self, "__post_init__"):
                    self.__post_init__()
                return
        # The class that has it: a base class, or the one that was rebuilt with slots.
        owner = next((each for each in self.__class__.__mro__ if each.__dict__.get("__init__") is __init__), None)
        if owner is not None:  # otherwise another thread was faster
            owner.__init__ = _init(owner, every, frozen)
        self.__init__(*values, **by_name)

    return __init__


def _init(cls: Any, every: tuple[Field, ...], frozen: bool) -> Any:
    """Compile `__init__`, which runs for each record and so has no loop."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": _MISSING}
    by_position, by_name, body = ["self"], list[str](), list[str]()
    for field_ in every:
        name = value = field_.name
        parameter = name
        if field_.default_factory is not _MISSING:
            known[f"_make_{name}"] = field_.default_factory
            parameter, value = f"{name}=_missing", f"_make_{name}() if {name} is _missing else {name}"
        elif field_.default is not _MISSING:
            known[f"_default_{name}"] = field_.default
            parameter = f"{name}=_default_{name}"
        (by_name if field_.kw_only else by_position).append(parameter)
        member = next((base.__dict__[name] for base in cls.__mro__ if name in base.__dict__), None)
        if not frozen:
            body.append(f"self.{name} = {value}")
        elif isinstance(member, MemberDescriptorType):  # faster than setting by name
            known[f"_set_{name}"] = member.__set__
            body.append(f"_set_{name}(self, {value})")
        else:
            body.append(f"_set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join([*by_position, *(["*", *by_name] if by_name else [])])
    exec(f"def __init__({parameters}):\n " + "\n ".join(body or ["pass"]), known)  # noqa: S102 - names of fields alone
    init = known["__init__"]
    init.__module__, init.__qualname__ = cls.__module__, f"{cls.__qualname__}.__init__"
    return init


def _values(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda record: ()


def _equality(values: Callable[[Any], Any]) -> Any:
    def __eq__(self: Any, other: Any) -> Any:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash(values: Callable[[Any], Any]) -> Any:
    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    return __hash__


def _repr(self: Any) -> str:
    shown = (f"{field_.name}={getattr(self, field_.name)!r}" for field_ in getattr(self, _FIELDS) if field_.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: Any, name: str, value: Any) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - nobody comes here

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _slotted(cls: Any, names: list[str], frozen: bool) -> Any:
    """Build a class again with slots, which cannot be added later."""
    inherited = {slot for base in cls.__mro__[1:] for slot in base.__dict__.get("__slots__", ())}
    members = {name: value for name, value in cls.__dict__.items() if name not in {*names, "__dict__", "__weakref__"}}
    members["__slots__"] = tuple(name for name in names if name not in inherited)
    if frozen:  # otherwise a copy could not be filled
        members.setdefault("__getstate__", _state)
        members.setdefault("__setstate__", _set_state)
    made = type(cls)(cls.__name__, cls.__bases__, members)
    made.__qualname__ = cls.__qualname__
    return made


def _state(self: Any) -> list[Any]:
    return [getattr(self, field_.name) for field_ in getattr(self, _FIELDS)]


def _set_state(self: Any, state: list[Any]) -> None:
    for each, value in zip(getattr(self, _FIELDS), state, strict=True):
        object.__setattr__(self, each.name, value)
