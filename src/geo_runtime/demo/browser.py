"""A person's actions on the secondary's pages: sign in, press a button, read the metrics."""

import re
from typing import Any, Final, Self

import httpx

from geo_runtime.replication.catalogue import ReplicatingSite
from geo_runtime.testing.errors import StepError
from geo_runtime.web.admin import GRAPHQL_PATH, METRICS_PATH, SITES_PATH, STATUSES_PATH, sign_in_url

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
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=20.0)
        self._csrf_token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def is_answered(self) -> bool:
        """Whether the site answers."""
        try:
            return self._client.get(METRICS_PATH).is_success
        except httpx.HTTPError:
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
        origin = str(httpx.URL(self.url))  # as browsers write it, without the scheme's default port
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
        if not answer.is_success:
            raise StepError(f"{METRICS_PATH} answered {answer.status_code}")
        own = re.compile(rf'^(\w+)\{{name="{re.escape(self.site.settings.node_name)}",[^}}]*\}} (\S+)$', re.MULTILINE)
        return {name: float(value) for name, value in own.findall(answer.text)}

    def _sign_in(self) -> None:
        if self._csrf_token:
            return
        self._ask("GET", sign_in_url(self.site, ""))
        found = _CSRF.search(self._ask("GET", SITES_PATH).text)
        if found is None:
            raise StepError("the page cannot be signed in to")
        self._csrf_token = found[1]

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise StepError(f"{self.url} does not answer: {error}") from error

    @staticmethod
    def _answer(response: httpx.Response) -> object:
        if not response.is_success:
            raise StepError(f"{response.request.url.path} answered {response.status_code}: {response.text[:200]}")
        return response.json()
