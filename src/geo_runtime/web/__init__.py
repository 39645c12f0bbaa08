"""What a site serves to other sites over HTTP."""

from geo_runtime.web.app import create_app
from geo_runtime.web.server import Server

__all__ = ["Server", "create_app"]
