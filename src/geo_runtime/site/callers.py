"""Requests from other sites: who is calling, and the answer to callers that are not trusted."""

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from geo_runtime.errors import AddressError, TokenError, TokenTimeError
from geo_runtime.site import tokens

if TYPE_CHECKING:
    from starlette.requests import Request

    from geo_runtime.site.site import Site

_UNAUTHORIZED: Final = "401 Unauthorized"


def token_of(site: "Site", request: "Request") -> tokens.Token:
    """Return the token in the header of a request.

    Args:
        site: The site that answers.
        request: The request; its body is not read.

    Raises:
        AddressError: Calls from there are not allowed.
        TokenTimeError: The header is genuine, but not valid now.
        TokenError: The header is missing, or cannot be trusted.
    """
    if not site.is_allowed(request.client.host if request.client else None):
        raise AddressError("address")
    return tokens.decode(site, request.headers.get("authorization"))


def unauthorized(error: TokenError | None = None) -> Response:
    """Return the answer to a caller that is not trusted, with the reason only if its clock is wrong.

    Args:
        error: The reason, or None if the token is for something else.
    """
    message = str(error) if isinstance(error, TokenTimeError) else _UNAUTHORIZED
    return JSONResponse({"message": message}, status_code=401)
