"""The keys of a flat YAML file: strings, and lists of strings."""

import re
from collections.abc import Collection

from geo_scaffold.editors.yaml.plain import KEY, Values, plain_mapping
from geo_scaffold.outline.construct import Gap


def mapping_gaps(wanted: str, text: str, *, fixed: Collection[str], keys: Collection[str] | None = None) -> list[Gap]:
    """Return what a YAML file lacks of a rendered one.

    Args:
        wanted: The rendered file.
        text: The file.
        fixed: The keys whose values matter; a list has to hold what the rendered one holds.
        keys: The keys that matter; None: all of the rendered file.

    Raises:
        LocatorError: The file is not YAML.
    """
    expected, found = _values(wanted), _values(text)
    gaps = []
    for key, values in expected.items():
        if keys is not None and key not in keys:
            continue
        shown = "\n".join([f"{key}:", *(f"- {value}" for value in values)]) if len(values) > 1 else _line(wanted, key)
        if key not in found:
            gaps.append(Gap(f"the key `{key}`", shown))
        elif key in fixed:
            for value in values:
                if value.lstrip(":") not in {each.lstrip(":") for each in found[key]}:
                    there = ", ".join(found[key]) or "empty"
                    gaps.append(Gap(f"`{key}` is {there} instead of {value}", shown, _line_of(text, key)))
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
            each.value for each in (node.items if isinstance(node, Sequence) else (node,)) if isinstance(each, Scalar)
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
