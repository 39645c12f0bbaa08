"""GraphQL over HTTP: strawberry's application, for the signed-in user."""

import asyncio
from typing import TYPE_CHECKING, Any

import strawberry
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.types import ExecutionResult

from geo_runtime.administration.graphql import Context
from geo_runtime.web.guard import session_of

if TYPE_CHECKING:
    from geo_runtime.replication.catalogue import ReplicatingSite


class GeoGraphQL(GraphQL[Context, None]):
    """The schema of a site's types over HTTP.

    Queries come by GET or POST, mutations by POST only. Without a user the result is empty. Strawberry's editor is left
    out, because it is loaded from another host; the explorer page replaces it.

    Args:
        site: The site that answers.
        schema: The schema of its types.
    """

    def __init__(self, site: "ReplicatingSite", schema: strawberry.Schema) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self.site = site

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Return the context, with the user."""
        session = session_of(request)
        return Context(site=self.site, user=session.user if session else None)

    async def parse_http_body(self, request: Any) -> Any:
        """Parse the request; strawberry would accept JSON that is no object, or has too much depth or too long numbers.

        Raises:
            HTTPException: It is not a valid request.
        """
        try:
            return await super().parse_http_body(request)
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            raise HTTPException(400, "The body is not a GraphQL request") from error

    async def execute_single(self, *arguments: Any, **named: Any) -> ExecutionResult:
        """Run an operation in a separate thread: resolvers wait for databases, and must not block others."""

        def execute() -> ExecutionResult:
            return asyncio.run(super(GeoGraphQL, self).execute_single(*arguments, **named))

        return await run_in_threadpool(execute)
