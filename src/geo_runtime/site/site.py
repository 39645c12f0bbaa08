"""A site: its databases, its role, its files, its jobs."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache, cached_property
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import select
from sqlalchemy.orm import Session
from urllib3 import PoolManager

from geo_runtime.databases.database import Database
from geo_runtime.databases.main import GeoNode
from geo_runtime.databases.store import Store
from geo_runtime.errors import RecordNotFoundError
from geo_runtime.files.storage import ObjectStorage, Storages
from geo_runtime.ground.memory import remembered
from geo_runtime.ground.timing import SystemTiming, Timing
from geo_runtime.site import http_client
from geo_runtime.site.flags import Flags
from geo_runtime.site.jobs import Job, Jobs
from geo_runtime.site.settings import SiteSettings

log = logging.getLogger(__name__)

_NODES = select(GeoNode).order_by(GeoNode.id)
SITE = "site"
"""The key under which a session stores its site."""


class Site:
    """One site at work.

    Args:
        settings: The site's settings.
        jobs: Every kind of job, provided by the code that assembles the site.
        timing: Clock, randomness and waiting.
        object_storage: The store of files that are not local, if any.
    """

    def __init__(
        self,
        settings: SiteSettings,
        jobs: Sequence[Job],
        timing: Timing | None = None,
        object_storage: ObjectStorage | None = None,
    ) -> None:
        self.settings = settings
        self.timing = timing or SystemTiming()
        self.main = Database(settings.main_url, read_only=settings.main_read_only)
        self.tracking = Database(settings.tracking_url) if settings.tracking_url else None
        self.store = Store(Database(settings.store_url), self.timing)
        for database in filter(None, (self.main, self.tracking)):
            database.info[SITE] = self
        self.flags = Flags(self.main, settings.flag_defaults)
        self.storages = Storages(settings.storages, settings.uploads)
        self.object_storage = object_storage
        self.jobs = Jobs(self.store, {job.name: job for job in jobs}, self)

    @cached_property
    def http(self) -> PoolManager:
        """Return the client for requests to other sites; it does not follow redirects by itself."""
        return http_client.client(60.0, self.settings.ca_file)

    def close(self) -> None:
        """Close all connections."""
        if "http" in self.__dict__:
            self.http.clear()
        for database in filter(None, (self.main, self.tracking, self.store.database)):
            database.close()

    def node(self) -> GeoNode | None:
        """Return the row of this site, or None if no row has its name."""
        return next((node for node in self._nodes() if node.name == self.settings.node_name), None)

    def current_node(self) -> GeoNode:
        """Return the row of this site.

        Raises:
            RecordNotFoundError: No row has its name.
        """
        node = self.node()
        if node is None:
            raise RecordNotFoundError(f"no site is named {self.settings.node_name}")
        return node

    def primary_node(self) -> GeoNode | None:
        """Return the row of the primary, if there is one."""
        return next((node for node in self._nodes() if node.primary), None)

    def secondary_nodes(self) -> list[GeoNode]:
        """Return the rows of all secondaries, including paused ones."""
        return [node for node in self._nodes() if not node.primary]

    def _nodes(self) -> Sequence[GeoNode]:
        """Return the rows of all sites, of which there are few."""

        def read() -> Sequence[GeoNode]:
            with self.main.reading() as session:
                return session.scalars(_NODES).all()

        return remembered(self, "nodes", read)

    def replication_slots_lag(self) -> bool:
        """Whether replication slots lag so much that events must be kept; SQLite has none, so False by default."""
        return False

    def is_enabled(self) -> bool:
        """Whether there is any site."""
        return bool(self._nodes())

    def is_primary(self) -> bool:
        """Whether this site is the primary."""
        node = self.node()
        return node is not None and node.primary

    def is_secondary(self) -> bool:
        """Whether this site is a secondary."""
        node = self.node()
        return node is not None and not node.primary

    def tracking_database(self) -> Database:
        """Return the tracking database.

        Raises:
            RecordNotFoundError: The site has none.
        """
        if self.tracking is None:
            raise RecordNotFoundError("this site has no tracking database")
        return self.tracking

    def is_allowed(self, address: str | None) -> bool:
        """Whether another site may call from an address."""
        return is_within(address, self.settings.allowed_ips)

    def now(self) -> datetime:
        """Return the time of the site's clock."""
        return self.timing.now()

    def ago(self, duration: timedelta) -> datetime:
        """Return the time a duration ago."""
        return self.timing.now() - duration


def is_within(address: str | None, networks: Iterable[str]) -> bool:
    """Whether an address is in one of the networks; a caller without an address is local.

    Args:
        address: An IP address as text, or None.
        networks: Addresses or networks, such as `10.0.0.0/8`.
    """
    if address is None:
        return True
    try:
        caller = ip_address(address)
    except ValueError:  # whatever a proxy wrote there
        return False
    if isinstance(caller, IPv6Address) and caller.ipv4_mapped:  # from a server that listens on `::`
        caller = caller.ipv4_mapped
    return any(caller in network for network in map(_network, networks))


_network = cache(ip_network)  # of settings, of which there are few


def site_of(session: Session | None) -> Site:
    """Return the site on which a session was opened.

    Raises:
        RecordNotFoundError: The session belongs to no site, or there is none.
    """
    site = session.info.get(SITE) if session is not None else None
    if not isinstance(site, Site):
        raise RecordNotFoundError("the object is in no session of a site")
    return site
