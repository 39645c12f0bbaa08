"""Builds a site from its configuration."""

import sys
from importlib import import_module
from importlib.util import find_spec

from geo_runtime.authoring.replicable_type import ReplicableType
from geo_runtime.errors import ConfigurationError
from geo_runtime.ground.timing import ScaledTiming, SystemTiming, Timing
from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.running.configuration import Configuration
from geo_runtime.running.open_site import open_site
from geo_runtime.tables.migrating import migrate_store


def open_configured(configuration: Configuration) -> tuple[ReplicatingSite, tuple[ReplicableType, ...]]:
    """Return the site of a configuration with its types; only the tables of its store are created.

    Raises:
        ConfigurationError: A type does not exist, or the carrier of its jobs is unavailable.
    """
    if configuration.queue is not None and find_spec("redis") is None:
        raise ConfigurationError(
            [("queue: the package redis is not installed", "pip install 'geo-scaffold[queue]', or remove queue")]
        )
    types = types_of(configuration)
    migrate_store(configuration.site.store_url)
    return open_site(configuration.site, [type_.replicator for type_ in types], timing_of(configuration)), types


def timing_of(configuration: Configuration) -> Timing:
    """Return the clock of a configuration."""
    if configuration.origin is None:
        return SystemTiming()
    return ScaledTiming(configuration.origin, configuration.speed)


def types_of(configuration: Configuration) -> tuple[ReplicableType, ...]:
    """Import the types of a configuration.

    Raises:
        ConfigurationError: A type does not exist, or is named twice; errors inside its module are raised unchanged.
    """
    path = str(configuration.path) if configuration.path else None
    types: list[ReplicableType] = []
    for name in configuration.types:
        try:
            types += load_types(name, path)
        except (ModuleNotFoundError, AttributeError, TypeError, ValueError) as error:
            if isinstance(error, ModuleNotFoundError) and not _is_of(error.name, name):
                raise  # the module exists, and imports one that does not
            where = f"in {path} or installed" if path else "installed, or in the folder that the setting path names"
            message = f"types: there is no {name}: {error}"
            raise ConfigurationError([(message, f"It must be module:attribute, and the module {where}")]) from error
    names = [each.replicator.replicable_name() for each in types]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigurationError([(f"types: {twice} is there twice", "Name each type once")])
    return tuple(types)


def _is_of(missing: str | None, name: str) -> bool:
    """Whether a missing module is a type's own, or a package around it."""
    return f"{name.partition(':')[0]}.".startswith(f"{missing}.")


def load_types(name: str, path: str | None = None) -> tuple[ReplicableType, ...]:
    """Import one or several types.

    Args:
        name: Their location, as `module:attribute`.
        path: An additional folder to search for the module.

    Raises:
        ImportError: The module does not exist.
        AttributeError: It has no such attribute.
        TypeError: That is not a type.
    """
    if path is not None and path not in sys.path:
        sys.path.insert(0, path)
    module, _, attribute = name.partition(":")
    value = getattr(import_module(module), attribute)
    each = (value,) if isinstance(value, ReplicableType) else tuple(value)
    if not all(isinstance(kind, ReplicableType) for kind in each):
        raise TypeError(f"{name} is not a type")
    return each
