"""Pages for browsers: the sites, the registries of a type, the GraphQL explorer; URLs as in GitLab.

Every page is one response: styles and scripts are inline, and nothing is loaded from elsewhere.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from geo_runtime.administration.graphql import create_schema
from geo_runtime.site.addresses import RECORD_ID
from geo_runtime.site.bodies import BodyLimit
from geo_runtime.web.graphql_http import GeoGraphQL
from geo_runtime.web.guard import Guard, session_of
from geo_runtime.web.prometheus import Metrics
from geo_runtime.web.rendering import render_page
from geo_runtime.web.sessions import LIFETIME, Session, cookie_name, issue_sign_in, sign_in, sign_out
from geo_runtime.web.site_status import SiteStatuses

if TYPE_CHECKING:
    from geo_runtime.administration.graphql import RegistryType
    from geo_runtime.replication.catalogue import ReplicatingSite

SITES_PATH: Final = "/admin/geo/sites"
STATUSES_PATH: Final = "/api/v4/geo_sites/status"
SIGN_IN_PATH: Final = "/users/sign_in"
SIGN_OUT_PATH: Final = "/users/sign_out"
GRAPHQL_PATH: Final = "/api/graphql"
EXPLORER_PATH: Final = "/-/graphql-explorer"
METRICS_PATH: Final = "/-/metrics"
_HOW_TO_SIGN_IN: Final = (
    "Open the address that was printed when the site was started; it works once. On the machine of the site, "
    "geo-runtime sign-in prints another one."
)


def sign_in_url(site: "ReplicatingSite", url: str, username: str = "root") -> str:
    """Return a URL that signs a browser in, once.

    Args:
        site: The site.
        url: The URL for people.
        username: The user to sign in.
    """
    return f"{url.rstrip('/')}{SIGN_IN_PATH}?token={issue_sign_in(site, username)}"


def admin_routes(site: "ReplicatingSite", registry_types: Sequence[type["RegistryType"]]) -> Mount:
    """Return the routes for browsers, and for Prometheus.

    Args:
        site: The site that answers.
        registry_types: The GraphQL type of each type's registries; without any there is no GraphQL and no page.
    """
    routes = [
        Route(METRICS_PATH, Metrics(site).read, methods=["GET"]),
        Route(STATUSES_PATH, SiteStatuses(site).read, methods=["GET"]),
    ]
    if registry_types:
        pages = Pages(site, registry_types)
        routes += [
            Route(GRAPHQL_PATH, GeoGraphQL(site, create_schema(registry_types)), middleware=[Middleware(BodyLimit)]),
            Route(SIGN_IN_PATH, pages.sign_in, methods=["GET"]),
            Route(SIGN_OUT_PATH, pages.signed_out, methods=["GET"]),
            Route(SIGN_OUT_PATH, pages.sign_out, methods=["POST"], middleware=[Middleware(BodyLimit)]),
            Route("/", pages.start, methods=["GET"]),
            Route("/admin/geo", pages.start, methods=["GET"]),
            Route(SITES_PATH, pages.sites, methods=["GET"]),
            Route(SITES_PATH + "/{id:" + RECORD_ID + "}/replication/{plural}", pages.registries, methods=["GET"]),
            Route(EXPLORER_PATH, pages.explorer, methods=["GET"]),
        ]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(site.settings.hosts), www_redirect=False)
    return Mount("", routes=routes, middleware=[hosts, Middleware(Guard, site)])


class Pages:
    """The pages of a site.

    Args:
        site: The site that answers.
        registry_types: The GraphQL type of each type's registries.
    """

    def __init__(self, site: "ReplicatingSite", registry_types: Sequence[type["RegistryType"]]) -> None:
        self.site = site
        self.types = {
            registry_type.finder_class.replicator_class.names().plural: registry_type
            for registry_type in registry_types
        }

    def start(self, request: Request) -> Response:
        """Redirect to the sites."""
        return RedirectResponse(SITES_PATH, status_code=HTTPStatus.SEE_OTHER)

    def sign_in(self, request: Request) -> Response:
        """Sign in with an unused token, and continue from a page of ours.

        A redirect would not work: coming from another site, browsers do not send a strict cookie with it. A HEAD
        request, as link previews make, does not use up the token.
        """
        if request.method == "HEAD":
            return Response()
        token = sign_in(self.site, request.query_params.get("token", ""))
        if token is None:
            return self._refusal("This address has been used already, or was never issued.")
        response = render_page("signed_in", target=SITES_PATH)
        response.set_cookie(
            cookie_name(self.site), token, max_age=int(LIFETIME.total_seconds()), httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return response

    def sign_out(self, request: Request) -> Response:
        """End the session; the guard has made sure that the request comes from a page of ours."""
        name = cookie_name(self.site)
        sign_out(self.site, request.cookies.get(name))
        response = JSONResponse({})
        response.delete_cookie(name, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    def signed_out(self, request: Request) -> Response:
        """Show that nobody is signed in any more; this changes nothing."""
        return render_page("message", title="Signed out", text=_HOW_TO_SIGN_IN)

    def sites(self, request: Request) -> Response:
        """Show all sites."""
        return self._shown(request, "sites", {})

    def registries(self, request: Request) -> Response:
        """Show the registries of a type on this site; those of other sites are not accessible from here."""
        node = self.site.current_node()
        plural = str(request.path_params["plural"])
        if plural not in self.types or int(request.path_params["id"]) != node.id or node.primary:
            return render_page(
                "message", HTTPStatus.NOT_FOUND, title="Not found", text="This site has no such registries."
            )
        names = self.types[plural].finder_class.replicator_class.names()
        view = {
            "plural": plural,
            "field": names.graphql_field,
            "registryClass": names.enum_key,
            "gid": f"gid://gitlab/Geo::{names.registry_class}/",
        }
        return self._shown(request, "registries", view)

    def explorer(self, request: Request) -> Response:
        """Show the GraphQL explorer."""
        return self._shown(
            request,
            "explorer",
            {"fields": [type_.finder_class.replicator_class.names().graphql_field for type_ in self.types.values()]},
        )

    def _shown(self, request: Request, name: str, view: dict[str, Any]) -> Response:
        session = session_of(request)
        if session is None:
            return self._refusal("Nobody is signed in here.")
        return render_page(name, view={**self._view(session), **view}, session=session, node=self.site.node())

    def _view(self, session: Session) -> dict[str, Any]:
        """Return what the script of every page needs."""
        node = self.site.current_node()
        replicators = [type_.finder_class.replicator_class for type_ in self.types.values()]
        return {
            "csrfToken": session.csrf_token,
            "graphql": GRAPHQL_PATH,
            "sites": SITES_PATH,
            "statuses": STATUSES_PATH,
            "signOut": SIGN_OUT_PATH,
            "node": {"id": node.id, "name": node.name, "primary": node.primary},
            "types": [
                {"plural": replicator.names().plural, "title": replicator.title_plural} for replicator in replicators
            ],
        }

    def _refusal(self, reason: str) -> Response:
        text = f"{reason} {_HOW_TO_SIGN_IN}"
        return render_page("message", HTTPStatus.UNAUTHORIZED, title="Not signed in", text=text)
