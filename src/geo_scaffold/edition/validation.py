"""Checks that a value has the required shape: what is wrong with it, where, and a suggestion."""

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from geo_scaffold.edition.format_strings import perhaps
from geo_scaffold.edition.shapes import Choice, Plain, Shape, Table, Variants

_SHOWN: Final = 60
"""How many characters of a value a message shows."""


class Mistake(NamedTuple):
    """A mistake in a manifest.

    Args:
        what: One sentence, including the place.
        artifact: The id of the artifact that has it; empty for none.
        hint: What may be given instead.
    """

    what: str
    artifact: str = ""
    hint: str = ""


def mistakes_in_table(value: object, table: Table, at: str = "") -> Iterator[Mistake]:
    """Yield the mistakes in a table, in the order of its keys, then the missing keys.

    Args:
        value: The value, which should be a table.
        table: The required shape.
        at: The place, for messages; ends in a colon and a space.
    """
    if not isinstance(value, dict):
        yield Mistake(f"{at}{table.said} is a table, and is {_shown(value)}")
        return
    needs, takes = table.needs, table.takes
    name = value.get(table.name) if table.name else None
    for key, each in value.items():
        shape = takes.get(key) or needs.get(key)
        if shape is None:
            known, shown = list(dict.fromkeys([*needs, *takes])), _printable(key)
            yield Mistake(f"{at}{table.said} has no key `{shown}`{perhaps(key, known)}", hint=known_keys(known))
        elif not (type(shape) is Plain and shape.fits(each)):  # the usual case, and quick
            where = (
                at
                if name is None or key == table.name
                else f"{at}{table.said.partition(' ')[2]} {_printable(str(name))}: "
            )
            yield from _of_shape(each, shape, f"{where}`{key}`")
    for key in needs:
        if key not in value:
            yield Mistake(f"{at}the key `{key}` of {table.said} is missing", hint=known_keys([*needs, *takes]))


def _of_shape(value: object, shape: Shape, at: str) -> Iterator[Mistake]:
    if isinstance(shape, Plain):
        yield Mistake(f"{at} must be {shape.said}, but is {_shown(value)}")
    elif isinstance(shape, Choice):
        yield from _of_choice(value, shape, at)
    elif isinstance(shape, Table):
        yield from mistakes_in_table(value, shape, f"{at}: ")
    elif isinstance(shape, Variants):
        yield from _of_variants(value, shape, at)
    elif not isinstance(value, list):
        yield Mistake(f"{at} must be a list, but is {_shown(value)}")
    else:
        of = shape.each
        for each in value:
            if isinstance(of, Table):
                yield from mistakes_in_table(each, of, "" if of.name else f"{at}: ")
            elif not (isinstance(of, Plain) and of.fits(each)):
                yield from _of_shape(each, of, at)


def _of_choice(value: object, shape: Choice, at: str) -> Iterator[Mistake]:
    if value not in shape.choices:
        near = perhaps(value, shape.choices) if isinstance(value, str) else ""
        hint = f"It can be {', '.join(shape.choices)}" if shape.choices else "There is none"
        yield Mistake(f"{at} is {_shown(value)}, but there is no such {shape.said}{near}", hint=hint)


def _of_variants(value: object, shape: Variants, at: str) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield Mistake(f"{at} must be a table, but is {_shown(value)}")
        return
    name = value.get(shape.key)
    if name is None:
        yield Mistake(f"{at}: the key `{shape.key}` is missing", hint=f"It can be {', '.join(shape.tables)}")
    elif not isinstance(name, str) or name not in shape.tables:
        yield from _of_choice(name, Choice(tuple(shape.tables), shape.said), f"{at}: `{shape.key}`")
    else:
        table = shape.tables[name]
        rest = {key: each for key, each in value.items() if key != shape.key and key not in shape.takes}
        yield from mistakes_in_table(rest, table, f"{at}: ")
        for key, kind in shape.takes.items():
            if key in value and not (isinstance(kind, Plain) and kind.fits(value[key])):
                yield from _of_shape(value[key], kind, f"{at}: `{key}`")


def known_keys(keys: Collection[str]) -> str:
    """Return the known keys, as a sentence without a full stop."""
    return f"It may have {', '.join(keys)}" if keys else "It has none"


def _printable(key: str) -> str:
    return key if key.isprintable() else ascii(key)[1:-1]


def _shown(value: object) -> str:
    text = ascii(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
