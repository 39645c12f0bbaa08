"""The keys of a flat YAML file: strings, and lists of strings."""

import re
from collections.abc import Collection
from typing import Final

from geo_scaffold.editors.yaml.plain import KEY, Values, plain_mapping
from geo_scaffold.outline.construct import Gap

# Keys of YAML, at any depth, also of items of a list.
_KEYS: Final = re.compile(r"^[ \t]*(?:- +)?(\w+):", re.MULTILINE)


def mapping_gaps(
    wanted: str,
    text: str,
    *,
    fixed: Collection[str],
    keys: Collection[str] | None = None,
    optional: Collection[str] = (),
) -> list[Gap]:
    """Return what a YAML file is missing compared to a rendered one.

    Args:
        wanted: The rendered file.
        text: The file.
        fixed: The keys whose values matter; a list must contain the items of the rendered one.
        keys: The keys that matter, or None for all of the rendered file.
        optional: The keys that may be missing.

    Raises:
        LocatorError: The file is not YAML.
    """
    expected, found = _values(wanted), _values(text)
    gaps: list[Gap] = []
    for key, values in expected.items():
        if (keys is not None and key not in keys) or (key in optional and key not in found):
            continue
        shown = "\n".join([f"{key}:", *(f"- {value}" for value in values)]) if len(values) > 1 else _line(wanted, key)
        if key not in found:
            gaps.append(Gap(f"the key `{key}`", shown))
        elif values and not found[key] and key not in fixed:
            gaps.append(Gap(f"`{key}` is empty instead of {', '.join(values)}", shown, _line_of(text, key)))
        elif not values and keys is None:
            below = set(_KEYS.findall(_line(text, key)))
            lost = [each for each in dict.fromkeys(_KEYS.findall(shown)) if each not in below]
            gaps += [Gap(f"`{key}` lacks the key `{each}`", shown, _line_of(text, key)) for each in lost]
        elif key in fixed:
            for value in values:
                if value.lstrip(":") not in {each.lstrip(":") for each in found[key]}:
                    actual = ", ".join(found[key]) or "empty"
                    gaps.append(Gap(f"`{key}` is {actual} instead of {value}", shown, _line_of(text, key)))
    return gaps


def _values(text: str) -> Values:
    values = plain_mapping(text)
    if values is not None:
        return values
    from geo_scaffold.editors.yaml.tree import (  # noqa: PLC0415 - for odd files only
        Mapping,
        Scalar,
        Sequence,
        parse,
    )

    root = parse(text)
    if not isinstance(root, Mapping):
        return {}
    return {
        key.value: tuple(
            item.value for item in (node.items if isinstance(node, Sequence) else (node,)) if isinstance(item, Scalar)
        )
        for key, node in root.pairs
        if isinstance(key, Scalar)
    }


def _line(text: str, key: str) -> str:
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = at + 1
    while end < len(lines) and not KEY.fullmatch(lines[end].rstrip()):
        end += 1
    return "\n".join(lines[at:end])


def _line_of(text: str, key: str) -> int | None:
    match = re.search(rf"^{re.escape(key)}:", text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else None
