"""The format strings of a manifest, filled for one model."""

from collections.abc import Collection, Mapping
from string import Formatter
from typing import Any

from geo_scaffold.errors import ManifestError


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Return a format string with the values of one model.

    Args:
        text: Such as `app/models/{model_path}.rb`.
        values: The values that it may use.

    Raises:
        ManifestError: It uses an unknown name, or is not a format string.
    """
    try:
        return text.format_map(values)
    except KeyError as error:
        name = str(error.args[0])
        raise unknown_name(name, text, values) from error
    except (ValueError, IndexError, AttributeError, TypeError) as error:
        raise malformed(text, error) from error


def fill_item(text: str, *, name: str, item: Any) -> str:
    """Return a format string with the values of one item of a list; the other names stay for `fill`.

    Args:
        text: Such as `db/migrate/{key.trigger_version}_add_{name}.rb`.
        name: The name of the item in the text.
        item: The item.

    Raises:
        ManifestError: The item has no such value, or the text is not a format string.
    """
    parts = []
    try:
        for plain, field, spec, conversion in Formatter().parse(text):
            parts.append(plain.replace("{", "{{").replace("}", "}}"))
            if field is not None and field.partition(".")[0] == name:
                parts.append(f"{{{field}}}".format_map({name: item}))
            elif field is not None:
                parts.append(f"{{{field}{'!' + conversion if conversion else ''}{':' + spec if spec else ''}}}")
    except (ValueError, IndexError, AttributeError, TypeError) as error:
        raise malformed(text, error) from error
    return "".join(parts)


def malformed(text: str, error: Exception) -> ManifestError:
    """Return the error for a text that is not a format string."""
    return ManifestError(
        f"{text!a} cannot be filled: {error}", remedy="Names go in braces; write a literal brace twice"
    )


def unknown_name(name: str, text: str, known: Collection[str]) -> ManifestError:
    """Return the error for a text that uses an unknown name.

    Args:
        name: The name.
        text: The text.
        known: The known names.
    """
    return ManifestError(
        f"{text!a} uses `{name}`, but there is no such name{perhaps(name, known)}",
        remedy="`geo-scaffold names MODEL` shows the spellings; write a literal brace twice",
    )


def perhaps(word: object, known: Collection[str]) -> str:
    """Return what an unknown word may have meant, as the end of a sentence; empty if nothing is similar.

    Args:
        word: The unknown word.
        known: The words that exist.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message

    close = get_close_matches(str(word), list(known), n=1)
    return f"; perhaps `{close[0]}` was meant" if close else ""
