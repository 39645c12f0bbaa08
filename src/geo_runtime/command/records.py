"""Creates, changes and deletes records with sample data, to see a pair of sites at work."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from sqlalchemy import func, select

from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.errors import ConfigurationError, InvalidRecordError, UnsupportedEventError
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running import configuration
from geo_runtime.running.configured import open_configured


def add(settings: Path | None, name: str, count: int) -> None:
    """Make records.

    Args:
        settings: The settings file of the primary.
        name: The replicable name of their type.
        count: How many.
    """
    with _opened(settings, name) as (site, kind):
        model = kind.replicator.model
        with site.main.reading() as session:
            last = session.scalar(select(func.max(model.id))) or 0
        for number in range(last + 1, last + 1 + count):
            typer.echo(f"{name} {kind.factory.create_on(site, number).id}: added")


def change(settings: Path | None, name: str, record_id: int) -> None:
    """Change the data of a record; arguments as of `add`."""
    with _opened(settings, name) as (site, kind):
        kind.factory.change_on(site, _record(site, kind, record_id))
    typer.echo(f"{name} {record_id}: changed")


def delete(settings: Path | None, name: str, record_id: int) -> None:
    """Delete a record with its data; arguments as of `add`."""
    with _opened(settings, name) as (site, kind):
        kind.factory.destroy_on(site, _record(site, kind, record_id))
    typer.echo(f"{name} {record_id}: deleted")


def _record(site: ReplicatingSite, kind: ReplicableType, record_id: int) -> Any:
    with site.main.reading() as session:
        found = session.get(kind.replicator.model, record_id)
    if found is None:
        name = kind.replicator.replicable_name()
        raise ConfigurationError([(f"there is no {name} {record_id}", f"geo-runtime record add {name} makes one")])
    return found


@contextmanager
def _opened(settings: Path | None, name: str) -> Iterator[tuple[ReplicatingSite, ReplicableType]]:
    """Open the site of a settings file for a block; yield it and the type with this name.

    Raises:
        ConfigurationError: It is not a primary, or refuses.
        typer.BadParameter: It has no such type.
    """
    site, types = open_configured(configuration.read(settings))
    try:
        kinds = {type_.replicator.replicable_name(): type_ for type_ in types}
        if name not in kinds:
            raise typer.BadParameter(f"there is no type {name}; there are {', '.join(kinds)}", param_hint="NAME")
        if not site.is_primary():
            here = site.settings.node_name
            raise ConfigurationError([(f"{here} is no primary, and only that has records of its own", "Do it there")])
        try:
            yield site, kinds[name]
        except (InvalidRecordError, UnsupportedEventError) as error:
            remedy = "Remove what lies there, or make the record by a program"
            if isinstance(error, UnsupportedEventError):
                remedy = "Delete it, and add another one"
            raise ConfigurationError([(str(error), remedy)]) from error
    finally:
        site.close()
