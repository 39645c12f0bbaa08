"""Renders self-contained pages: styles and scripts are inline, nothing is loaded from elsewhere, no build step."""

import json
import secrets
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

_OWN: Final = "geo_runtime.web"


def render_page(name: str, status: HTTPStatus = HTTPStatus.OK, *, folder: str = _OWN, **values: Any) -> Response:
    """Render a page; only scripts with this response's nonce run in it, and it cannot reach other hosts.

    Args:
        name: The template, without `.html`.
        status: The status code.
        folder: The package whose `pages` folder is searched before this one's.
        values: The values for the template; `view` is for its script, as JSON.
    """
    nonce = secrets.token_urlsafe(16)
    view = json.dumps(values.pop("view", {})).replace("<", "\\u003c")
    html = _templates(folder).get_template(f"{name}.html").render(nonce=nonce, view=view, **values)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(
        html, status_code=status, headers={"content-security-policy": policy, "cache-control": "no-store"}
    )


@cache
def _templates(folder: str) -> Environment:
    folders = [files(each) / "pages" for each in dict.fromkeys((folder, _OWN))]

    def load(name: str) -> str | None:
        found = next((each / name for each in folders if (each / name).is_file()), None)
        return found.read_text(encoding="utf-8") if found else None

    return Environment(
        loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
