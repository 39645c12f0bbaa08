"""Checks every request of a browser before anything else, and adds security headers to every answer.

A request is refused if its host name is not the site's (DNS rebinding: somebody else's name that points here;
Starlette's own middleware checks that), or if it would change something and comes from a page of another origin, or
without the token that only our pages know.
"""

from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_runtime.web.sessions import Session, cookie_name, find_session

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER: Final = "x-csrf-token"
NOW_HEADER: Final = "x-geo-now"
"""The site's time, by which pages show ages, because the site's clock may run faster than the browser's."""
_HEADERS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_OWN_FETCHES: Final = frozenset({"same-origin", "none"})


class Guard:
    """Middleware; stores the session, or None, for `session_of`.

    Args:
        app: The guarded application.
        site: The site whose sessions are valid.
    """

    def __init__(self, app: ASGIApp, site: "ReplicatingSite") -> None:
        self.app = app
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http":
            return
        request = HTTPConnection(scope)
        token = request.cookies.get(cookie_name(self.site))
        session = await run_in_threadpool(find_session, self.site, token)
        scope.setdefault("state", {})["geo_session"] = session

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**_HEADERS, NOW_HEADER: self.site.now().isoformat()}.items():
                    headers.setdefault(name, value)
            await send(message)

        problem = _problem(request, scope["method"], session)
        answer: ASGIApp = self.app if problem is None else JSONResponse({"message": problem}, status_code=403)
        await answer(scope, receive, send_guarded)


def session_of(request: HTTPConnection) -> Session | None:
    """Return the session of a request that passed the guard, or None if nobody is signed in."""
    found = request.scope.get("state", {}).get("geo_session")
    return found if isinstance(found, Session) else None


def _problem(request: HTTPConnection, method: str, session: Session | None) -> str | None:
    """Return why a request may not change anything, or None if it may, or does not."""
    if method in SAFE_METHODS:
        return None
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin is not None and origin != own:
        return "403 Forbidden: the request comes from another origin"
    if request.headers.get("sec-fetch-site", "none") not in _OWN_FETCHES:
        return "403 Forbidden: the request comes from another origin"
    if session is None:
        return "403 Forbidden: nobody is signed in"
    if not session.allows_change(request.headers.get(CSRF_HEADER)):
        return "403 Forbidden: can't verify CSRF token authenticity"
    return None
