"""The settings of a site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class SiteSettings:
    """The settings of one site.

    Attributes:
        node_name: The name of its row among the sites.
        main_url: The main database, or its replica on a secondary.
        store_url: The database for leases, caches and jobs.
        tracking_url: The tracking database, or None on a primary.
        main_read_only: Whether the main database is a replica.
        storages: The folder of each named repository storage.
        uploads: The folder of local files.
        flag_defaults: The defaults of flags.
        registry_replication_enabled: Whether a secondary copies container images.
        verification_cap: Whether the limit of concurrent verification jobs applies to each type (as GitLab's comments
            say) or to all together (as its code does).
        allowed_ips: The networks from which other sites may call.
        status_timeout_s: How long to wait for the other site to accept a status, in seconds.
        hosts: The host names of the site for browsers; requests with any other name are refused.
        monitoring_ips: The networks from which Prometheus may call.
        trusted_proxies: The addresses or networks of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` headers
            are trusted; no others are.
        ca_file: The certificate authority of the primary, if it is not one of the usual ones.
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
