"""A person's actions on the secondary's pages: sign in, press a button, read the metrics."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Self

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.site import http_client
from geo_runtime.testing.errors import StepError
from geo_runtime.web.admin import GRAPHQL_PATH, METRICS_PATH, SITES_PATH, STATUSES_PATH, sign_in_url

_PATIENCE_S: Final = 20.0
_UPDATE: Final = """mutation($id: ID!, $action: GeoRegistryAction!) {
  geoRegistriesUpdate(input: {registryId: $id, action: $action}) { message errors }
}"""
# In the data that `web/admin.py` puts into a page for its script.
_CSRF: Final = re.compile(r'"csrfToken": "([^"]+)"')


class Browser:
    """A person on the pages of a site; used in `with`.

    Args:
        site: The site.
        url: Its URL.
    """

    def __init__(self, site: ReplicatingSite, url: str) -> None:
        self.site = site
        self.url = url
        self._client = http_client.client(_PATIENCE_S)
        self._cookie = ""
        self._csrf_token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.clear()

    def is_answered(self) -> bool:
        """Whether the site answers."""
        try:
            return self._request("GET", METRICS_PATH).status == HTTPStatus.OK
        except HTTPError:
            return False

    def sites(self) -> list[dict[str, Any]]:
        """Return what the page of sites shows.

        Raises:
            StepError: It shows nothing.
        """
        self._sign_in()
        return self._answer(self._ask("GET", STATUSES_PATH))  # type: ignore[return-value]

    def press(self, registry_id: str, action: str) -> str:
        """Press a button of a registry; return the message of the page.

        Args:
            registry_id: Its global id, as in GraphQL.
            action: A value of `RegistryAction` in GraphQL, such as `REVERIFY`.

        Raises:
            StepError: It was refused.
        """
        self._sign_in()
        body = {"query": _UPDATE, "variables": {"id": registry_id, "action": action}}
        origin = self.url.removesuffix(":80")  # as browsers write it, without the scheme's default port
        headers = {"x-csrf-token": self._csrf_token, "origin": origin}
        answer: Any = self._answer(self._ask("POST", GRAPHQL_PATH, json=body, headers=headers))
        found = (answer.get("data") or {}).get("geoRegistriesUpdate")
        if not found or found["errors"]:
            raise StepError(f"{action} of {registry_id} was refused: {answer}")
        return str(found["message"])

    def metrics(self) -> dict[str, float]:
        """Return the metrics of this site by name.

        Raises:
            StepError: It shows none.
        """
        answer = self._ask("GET", METRICS_PATH)
        if answer.status != HTTPStatus.OK:
            raise StepError(f"{METRICS_PATH} answered {answer.status}")
        # Prometheus' text format, as web/ writes it.
        own = re.compile(rf'^(\w+)\{{name="{re.escape(self.site.settings.node_name)}",[^}}]*\}} (\S+)$', re.MULTILINE)
        return {name: float(value) for name, value in own.findall(answer.data.decode())}

    def _sign_in(self) -> None:
        if self._csrf_token:
            return
        self._cookie = self._ask("GET", sign_in_url(self.site, "")).headers.get("set-cookie", "").partition(";")[0]
        found = _CSRF.search(self._ask("GET", SITES_PATH).data.decode())
        if found is None:
            raise StepError("the page cannot be signed in to")
        self._csrf_token = found[1]

    def _ask(self, method: str, path: str, **options: Any) -> BaseHTTPResponse:
        try:
            return self._request(method, path, **options)
        except HTTPError as error:
            raise StepError(f"{self.url} does not answer: {error}") from error

    def _request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> BaseHTTPResponse:
        given = {**(headers or {}), "cookie": self._cookie}
        return self._client.request(method, f"{self.url}{path}", headers=given, **options)

    @staticmethod
    def _answer(response: BaseHTTPResponse) -> object:
        if response.status != HTTPStatus.OK:
            raise StepError(f"{response.url} answered {response.status}: {response.data.decode()[:200]}")
        return response.json()
