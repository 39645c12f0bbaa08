"""The control page of a demonstration: live events on both sites, and buttons that cause them.

It is a separate server next to both sites, on this machine only, for whoever has its address: that contains a key,
which the page keeps in a cookie and programs send as a bearer token. Everything that the buttons do, curl can do.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final, Self

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from geo_runtime.demo.actions import ACTIONS, ActionError, perform
from geo_runtime.demo.observer import Observer
from geo_runtime.demo.stage import Stage
from geo_runtime.demo.story import Story
from geo_runtime.site.bodies import BodyLimit
from geo_runtime.testing.databases import PRIMARY, SECONDARY
from geo_runtime.web import Server
from geo_runtime.web.admin import sign_in_url
from geo_runtime.web.rendering import render_page

_COOKIE: Final = "geo_demo_key"
_BUSY: Final = "The story is running, and nothing else may happen meanwhile. Wait for it to end."
Endpoint = Callable[[Request], Awaitable[Response]]


class Board:
    """The control page; used in `with`.

    Args:
        stage: Both sites.
        story: The scripted story.
        port: The port on which it serves; 0 for a free one.
    """

    def __init__(self, stage: Stage, story: Story, port: int = 0) -> None:
        self.stage = stage
        self.story = story
        self.observer = Observer(stage)
        self.key = secrets.token_urlsafe(24)
        self._server = Server(self._app, port)

    @property
    def url(self) -> str:
        """Return the URL that signs in whoever opens it."""
        return f"{self._server.url}/?key={self.key}"

    @property
    def api_url(self) -> str:
        """Return the URL for programs."""
        return f"{self._server.url}/api"

    def __enter__(self) -> Self:
        self.observer.__enter__()
        self._server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.__exit__(*exception)
        self.observer.__exit__(*exception)

    @cached_property
    def _app(self) -> Starlette:
        routes = [
            Route("/", self._page, methods=["GET"]),
            Route("/sites/{name}", self._guarded(self._site), methods=["GET"]),
            Route("/api/state", self._guarded(self._state), methods=["GET"]),
            Route("/api/records", self._guarded(self._records), methods=["GET"]),
            Route("/api/records/{id:int}", self._guarded(self._record), methods=["GET"]),
            Route("/api/events", self._guarded(self._events), methods=["GET"]),
            Route("/api/actions", self._guarded(self._actions), methods=["GET"]),
            Route("/api/actions/{name}", self._guarded(self._act), methods=["POST"]),
            Route("/api/story", self._guarded(self._tell), methods=["POST"]),
        ]
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)
        return Starlette(routes=routes, middleware=[hosts, Middleware(BodyLimit)])

    # Access

    def _guarded(self, answer: Endpoint) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return self._refusal(request) or await answer(request)

        return endpoint

    def _refusal(self, request: Request) -> Response | None:
        """Return a refusal for requests without the key, and for changes from another page; else None."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        by_token = scheme.lower() == "bearer" and self._is_key(token)
        if not by_token and not self._is_key(request.cookies.get(_COOKIE, "")):
            return _failed("Send the key of this demonstration", HTTPStatus.UNAUTHORIZED)
        if request.method != "GET" and not by_token:
            own = f"{request.url.scheme}://{request.headers.get('host', '')}"
            if request.headers.get("origin") != own:
                return _failed("The request comes from another page", HTTPStatus.FORBIDDEN)
        return None

    def _is_key(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.key.encode())

    # Answers

    async def _page(self, request: Request) -> Response:
        if self._is_key(request.query_params.get("key", "")):  # and remove it from the address
            response: Response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
            response.set_cookie(_COOKIE, self.key, httponly=True, samesite="lax")
            return response
        if not self._is_key(request.cookies.get(_COOKIE, "")):
            text = "Open the address that the demonstration printed: it carries the key."
            return render_page("message", HTTPStatus.UNAUTHORIZED, title="Not signed in", text=text)
        actions = [action.document() for action in ACTIONS.values() if self._is_possible(action.name)]
        view = {"actions": actions, "api": self.api_url}
        return render_page("board", folder="geo_runtime.demo", view=view, title=self.stage.kind.title_plural)

    def _is_possible(self, name: str) -> bool:
        return name != "change" or self.story.changes

    async def _site(self, request: Request) -> Response:
        """Redirect to the pages of a site, signed in."""
        sites = {PRIMARY: self.stage.primary, SECONDARY: self.stage.secondary}
        name = request.path_params["name"]
        if name not in sites:
            return _failed(f"There is no site {name!a}", HTTPStatus.NOT_FOUND)
        url = await run_in_threadpool(sign_in_url, sites[name], self.stage.url(name))
        return RedirectResponse(url, HTTPStatus.SEE_OTHER)

    async def _state(self, request: Request) -> Response:
        state = await run_in_threadpool(self.observer.state)
        story = {"is_told": self.story.is_told, "steps": self.story.progress()}
        return JSONResponse({**state, "story": story, "points": self.observer.points()})

    async def _records(self, request: Request) -> Response:
        return JSONResponse({"records": await run_in_threadpool(self.observer.records)})

    async def _record(self, request: Request) -> Response:
        record = await run_in_threadpool(self.observer.record, int(request.path_params["id"]))
        if record is None:
            return _failed("There is no such record, nor any trace of one", HTTPStatus.NOT_FOUND)
        return JSONResponse(record)

    async def _events(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(self.observer.events))

    async def _actions(self, request: Request) -> Response:
        return JSONResponse(
            {"actions": [action.document() for action in ACTIONS.values() if self._is_possible(action.name)]}
        )

    async def _act(self, request: Request) -> Response:
        if self.story.is_told:
            return _failed(_BUSY, HTTPStatus.CONFLICT)
        try:
            given: Any = await request.json() if await request.body() else {}
        except (ValueError, RecursionError):
            return _failed("The body is not JSON", HTTPStatus.BAD_REQUEST)
        if not isinstance(given, dict):
            return _failed("The body is not a JSON object", HTTPStatus.BAD_REQUEST)
        try:
            done = await run_in_threadpool(perform, self.stage, request.path_params["name"], given)
        except ActionError as error:
            return _failed(str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
        return JSONResponse({"message": done})

    async def _tell(self, request: Request) -> Response:
        if not self.story.tell_again():
            return _failed(_BUSY, HTTPStatus.CONFLICT)
        return JSONResponse({"message": "The story begins again"}, HTTPStatus.ACCEPTED)


def _failed(why: str, status: HTTPStatus) -> Response:
    return JSONResponse({"error": why}, status)
