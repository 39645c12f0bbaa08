"""Sessions: a URL that works once signs in, then a cookie counts, and for every change a second token.

Only hashes of tokens are stored, in the site's store, so sessions survive a restart.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from geo_runtime.administration.users import User

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite

LIFETIME: Final = timedelta(days=7)
"""The lifetime of an unused session, and of a sign-in URL, by the site's clock."""
_RENEWED_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Session:
    """A person who is signed in.

    Attributes:
        user: The user.
        csrf_token: What every change must carry besides the cookie; pages of other origins cannot read it.
    """

    user: User
    csrf_token: str

    def allows_change(self, csrf_token: str | None) -> bool:
        """Whether a request with this token may change anything."""
        return csrf_token is not None and secrets.compare_digest(csrf_token.encode(), self.csrf_token.encode())


def cookie_name(site: "ReplicatingSite") -> str:
    """Return the name of the site's cookie; browsers share cookies among all ports of a host, so each has its own."""
    return f"_geo_session_{hashlib.sha256(site.settings.node_name.encode()).hexdigest()[:8]}"


def issue_sign_in(site: "ReplicatingSite", username: str = "root") -> str:
    """Create a token that signs an administrator in, once."""
    token = secrets.token_urlsafe(32)
    site.store.write(_key("sign_in", token), {"username": username}, LIFETIME)
    return token


def sign_in(site: "ReplicatingSite", token: str) -> str | None:
    """Open a session for an unused token.

    Args:
        site: The site.
        token: A token from `issue_sign_in`.

    Returns:
        The session's token, or None if the given one is invalid, used, or too old.
    """
    stored = site.store.take(_key("sign_in", token))
    if stored is None:
        return None
    session = secrets.token_urlsafe(32)
    row = {"username": stored["username"], "csrf_token": secrets.token_urlsafe(32), "used_at": site.now().timestamp()}
    site.store.write(_key("session", session), row, LIFETIME)
    return session


def sign_out(site: "ReplicatingSite", token: str | None) -> None:
    """End the session of a token, if there is one, in every browser that has it.

    Args:
        site: The site.
        token: The session's token, as its cookie has it.
    """
    if token:
        site.store.take(_key("session", token))


def find_session(site: "ReplicatingSite", token: str | None) -> Session | None:
    """Return the session of a token, or None if there is none, or it was unused for too long.

    Args:
        site: The site.
        token: The session's token, as its cookie has it.
    """
    if not token:
        return None
    key = _key("session", token)
    row = site.store.read(key)
    if row is None:
        return None
    now = site.now().timestamp()
    if now - row["used_at"] > _RENEWED_AFTER.total_seconds():
        site.store.write(key, {**row, "used_at": now}, LIFETIME)
    return Session(User(row["username"], is_admin=True), row["csrf_token"])


def _key(kind: str, token: str) -> str:
    return f"{kind}:{hashlib.sha256(token.encode()).hexdigest()}"
