"""Requests of other sites: who is asking, and what the site answers those it does not trust."""

from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from geo_runtime.errors import AddressError, TokenError, TokenTimeError
from geo_runtime.site import tokens

if TYPE_CHECKING:
    from starlette.requests import Request

    from geo_runtime.site.site import Site

_UNAUTHORIZED: Final = "401 Unauthorized"


def token_of(site: "Site", request: "Request") -> tokens.Token:
    """Return what the header of a request says that its caller may have.

    Args:
        site: That answers.
        request: The request; its body is not read.

    Raises:
        AddressError: Nobody may call from there.
        TokenTimeError: The header is genuine, but of another time.
        TokenError: The header is missing, or cannot be trusted.
    """
    if not site.is_allowed(request.client.host if request.client else None):
        raise AddressError("address")
    return tokens.decode(site, request.headers.get("authorization"))


def unauthorized(error: TokenError | None = None) -> Response:
    """Return the answer to a caller that is not trusted; only one whose clock is wrong is told why.

    Args:
        error: Why, or None if the token is for something else.
    """
    message = str(error) if isinstance(error, TokenTimeError) else _UNAUTHORIZED
    return JSONResponse({"message": message}, status_code=401)
