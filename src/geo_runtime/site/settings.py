"""What an administrator writes down for a site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class SiteSettings:
    """What an administrator writes down for one site.

    Attributes:
        node_name: The name of its row among the sites.
        main_url: The main database; on a secondary its replica.
        store_url: The database for leases, caches and jobs.
        tracking_url: The tracking database; None on a primary.
        main_read_only: Whether the main database is a replica.
        storages: The folder of each named repository storage.
        uploads: The folder of local files.
        flag_defaults: What the flags are that nobody set.
        registry_replication_enabled: Whether a secondary copies container images.
        verification_cap: Whether the limit of concurrent verification jobs holds for each type (the intent of
            GitLab's comments) or for all together (what its code does).
        allowed_ips: The networks that other sites may call from.
        status_timeout_s: How long to wait for the other site to take a status, in seconds.
        hosts: The names that browsers call the site by; a page asked for under any other name is refused.
        monitoring_ips: The networks that Prometheus may call from.
        trusted_proxies: The addresses or networks of proxies that are believed when they say for whom they call
            (`X-Forwarded-For`, `X-Forwarded-Proto`); nobody else is.
        ca_file: Certificates of who signs that of the primary, if no usual authority does.
    """

    node_name: str
    main_url: str
    store_url: str
    tracking_url: str | None = None
    main_read_only: bool = False
    storages: Mapping[str, Path] = field(default_factory=dict)
    uploads: Path | None = None
    flag_defaults: Mapping[str, bool] = field(default_factory=dict)
    registry_replication_enabled: bool = False
    verification_cap: Literal["global", "type"] = "global"
    allowed_ips: tuple[str, ...] = ("0.0.0.0/0", "::/0")
    status_timeout_s: float = 10.0
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    monitoring_ips: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    trusted_proxies: tuple[str, ...] = ()
    ca_file: Path | None = None
