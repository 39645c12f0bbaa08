"""Puts advice into the options of the verb that runs: the layers below name options, and do not know who runs them."""

import re
import sys
from typing import Final

from geo_scaffold.cli.app import VERBS, command_line

# Our own messages: an option; and a command in backticks or at the end, which has options of its own.
_OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*+")
_COMMAND: Final = re.compile(r"`?(?:geo-scaffold [a-z]|git )[^`;]*")
_HAS_ALL: Final = "new"
"""The verb that has every option which the layers below name, except those that are named to one verb only."""
_ARGUMENTS: Final = {("rename", "--name"): "NEW"}
"""What a verb takes as an argument where others have an option."""


def options_of(verb: str) -> frozenset[str]:
    """Return the options of a verb, such as `--name`."""
    from typer.main import get_command

    command = get_command(command_line([verb])).commands[verb]  # type: ignore[attr-defined]  # it is a group
    return frozenset(each for parameter in command.params for each in (*parameter.opts, *parameter.secondary_opts))


def options_in(sentence: str) -> list[str]:
    """Return the options that a sentence names, apart from those of commands in it."""
    return list(dict.fromkeys(_OPTION.findall(_COMMAND.sub("", sentence))))


def in_own_options(sentence: str, verb: str | None = None) -> str:
    """Return a sentence that names an option of another verb as such, or the argument that stands for it.

    Args:
        sentence: The sentence, without its full stop.
        verb: The verb; None for the one that runs.
    """
    verb = next(iter(sys.argv[1:]), None) if verb is None else verb
    if verb not in VERBS or verb == _HAS_ALL or "--" not in sentence:
        return sentence
    own = options_of(verb)
    others = []
    for option in options_in(sentence):
        if argument := _ARGUMENTS.get((verb, option)):
            sentence = re.sub(rf"{option}(?![\w-])", argument, sentence)
        elif option not in own:
            others.append(option)
    if not others:
        return sentence
    owner = next((each for each in VERBS if options_of(each).issuperset(others)), None)
    what = "is an option" if len(others) == 1 else "are options"
    return f"{sentence}; {' and '.join(others)} {what} of `geo-scaffold {owner}`" if owner else sentence
