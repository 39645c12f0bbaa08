"""The signed header of requests between sites (specification: point 120)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import jwt
from sqlalchemy import bindparam, select

from geo_runtime.databases.main import GeoNode
from geo_runtime.errors import TokenError, TokenTimeError

if TYPE_CHECKING:
    from geo_runtime.site.site import Site

SCHEME: Final = "GL-Geo"
VALIDITY = timedelta(minutes=1)
GIT_VALIDITY = timedelta(minutes=120)
LEEWAY = timedelta(seconds=60)
API_SCOPE = "geo_api"
_NOT_BEFORE = timedelta(seconds=5)
_CALLER: Final = select(GeoNode).where(GeoNode.access_key == bindparam("access_key"), GeoNode.enabled)
TIME_MESSAGE = "Signature not within leeway of 60 seconds. Check your system clocks!"


@dataclass(frozen=True)
class Token:
    """The content of a trusted header.

    Attributes:
        node: The site that sent it.
        data: What it requests.
    """

    node: GeoNode
    data: Mapping[str, Any]

    def covers(self, **wanted: object) -> bool:
        """Whether the data contain all of these, with the same values and types."""
        return all(
            key in self.data and type(self.data[key]) is type(value) and self.data[key] == value
            for key, value in wanted.items()
        )


def authorization(site: "Site", data: Mapping[str, Any], validity: timedelta = VALIDITY) -> str:
    """Return the value of the Authorization header of a request from this site.

    Args:
        site: The requesting site.
        data: What it requests.
        validity: How long the header is valid, by the machine's clock: a faster clock of the site does not make
            requests faster.

    Raises:
        RecordNotFoundError: The site has no row.
    """
    return sign(site.current_node(), data, site.now(), site.timing.of_machine(validity))


def sign(node: GeoNode, data: Mapping[str, Any], now: datetime, validity: timedelta = VALIDITY) -> str:
    """Return the value of the Authorization header of a request from a node at a time.

    Args:
        node: The site that sends it.
        data: What it requests.
        now: The time of the request.
        validity: How long the header is valid.
    """
    claims = {
        "data": json.dumps(data),
        "jti": str(uuid4()),
        "iat": int(now.timestamp()),
        "nbf": int((now - _NOT_BEFORE).timestamp()),
        "exp": int((now + validity).timestamp()),
    }
    return f"{SCHEME} {node.access_key}:{jwt.encode(claims, node.secret_access_key, algorithm='HS256')}"


def decode(site: "Site", header: str | None) -> Token:
    """Check the header of a request to this site, by its clock.

    Args:
        site: The site that answers.
        header: The value of the Authorization header, or None if there is none.

    Raises:
        TokenTimeError: It is genuine, but expired or not yet valid, by more than the leeway.
        TokenError: It is missing, malformed, from an unknown or paused site, or signed with another secret.
    """
    scheme, _, rest = (header or "").partition(" ")
    access_key, _, encoded = rest.strip().partition(":")
    if scheme != SCHEME or not access_key or not encoded:
        raise TokenError("no token")
    with site.main.reading() as session:
        node = session.scalar(_CALLER, {"access_key": access_key})
    if node is None:
        raise TokenError("no such site")
    try:
        claims = jwt.decode(
            encoded,
            node.secret_access_key,
            algorithms=["HS256"],
            options={
                "require": ["data", "jti", "iat", "nbf", "exp"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
        data = json.loads(claims["data"])
        _check_times(claims, site.now())
    except (jwt.PyJWTError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise TokenError("bad token") from error
    if not isinstance(data, dict):
        raise TokenError("bad token")
    return Token(node, data)


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """Compare with the site's own clock, which need not be the machine's."""
    at: Callable[[str], datetime] = lambda name: datetime.fromtimestamp(float(claims[name]), UTC)  # noqa: E731
    if at("exp") <= now - LEEWAY or at("nbf") > now + LEEWAY or at("iat") > now + LEEWAY:
        raise TokenTimeError(TIME_MESSAGE)
