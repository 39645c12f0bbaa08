"""`geo-scaffold facts [MODEL ...]`: what a checkout says about a model, each fact with its source."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo_scaffold.cli.options import Into, Json
from geo_scaffold.cli.progress import progress_of
from geo_scaffold.cli.report import SCHEMA, facts_document, tell_unfinished, wants_colour
from geo_scaffold.escaping import shown

if TYPE_CHECKING:
    from geo_scaffold.verbs.facts import ModelFacts

# The backspace keeps click from filling the lines.
EXAMPLES = """\b
Examples:
  geo-scaffold facts Packages::Nuget::Symbol
  geo-scaffold facts --all --json > facts.json
"""


def facts(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Active Record classes.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every class of the database dictionary.")] = False,
    into: Into = Path(),
    as_json: Json = False,
) -> None:
    """Show what a checkout says about a model: each fact with the file and line it comes from."""
    from geo_scaffold.verbs.facts import facts_of

    tell_unfinished(into)
    with progress_of("Reading classes", as_json=as_json) as progress:
        models_facts = facts_of(models or [], into, every=every, progress=progress)
    if as_json:
        # One model per line: a thousand of them would take longer to indent than to read.
        lines = ",\n".join(json.dumps(document(fact)) for fact in models_facts)
        sys.stdout.write(f'{{"schema": {SCHEMA}, "models": [\n{lines}\n]}}\n')
    else:
        _print(models_facts)


def document(model_facts: "ModelFacts") -> dict[str, Any]:
    """Return the facts about a model as a JSON object."""
    return {
        "model": model_facts.facts.model,
        "facts": facts_document(model_facts.facts),
        "refused": {"reason": model_facts.refused.reason, "source": model_facts.refused.source}
        if model_facts.refused
        else None,
    }


def _print(models_facts: "list[ModelFacts]") -> None:
    """Show a block for each model: name, value and source in columns, without colours in a pipe."""
    strong, dim, red, plain = ("\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m") if wants_colour(sys.stdout) else ("",) * 4
    for number, model_facts in enumerate(models_facts):
        rows = [
            (name, shown(_shown(fact.value)), shown(fact.source or ""))
            for name, fact in model_facts.facts.values.items()
            if fact.value not in (None, [], {})
        ]
        widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
        sys.stdout.write("\n" * bool(number) + f"{strong}{shown(model_facts.facts.model)}{plain}\n")
        if not model_facts.facts.exists:
            sys.stdout.write("  The checkout does not define this class.\n")
        for name, value, source in rows:
            end = f"  {dim}{source}{plain}" if source else ""
            sys.stdout.write(f"  {name:{widths[0]}}  {value:{min(widths[1], 60)}}{end}".rstrip() + "\n")
        if model_facts.refused:
            where = f" ({model_facts.refused.source})" if model_facts.refused.source else ""
            sys.stdout.write(f"  {red}No type of its own:{plain} {shown(model_facts.refused.reason + where)}\n")


def _shown(value: Any) -> str:
    """Return a value in words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ("; " if isinstance(value[0], dict) else ", ").join(map(_shown, value))
    return value if isinstance(value, str) else json.dumps(value)
