"""The Redis server that carries the jobs of both sites: checked at the start, and cleaned up at the end."""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from geo_runtime.ground.secrets import masked
from geo_runtime.testing.errors import DemoError

if TYPE_CHECKING:
    from redis import Redis

PATIENCE_S: Final = 5.0


class Queues:
    """The sites' keys on the server, removed at the end of `with`.

    Args:
        url: The URL of the server, or None if jobs run in the processes of the sites.

    Attributes:
        names: The names of the sites' queues, as far as known.
    """

    def __init__(self, url: str | None) -> None:
        self.url = url
        self.names: list[str] = []

    def __enter__(self) -> Self:
        """Check the server.

        Raises:
            DemoError: The URL is invalid, or no server answers.
        """
        if self.url is None:
            return self
        from redis import Redis, RedisError  # noqa: PLC0415 - another extra

        try:
            self._client = Redis.from_url(self.url, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S)
            self._client.ping()
        except ValueError as error:
            raise DemoError(f"not a Redis URL: {masked(self.url)}", "It looks like redis://localhost:6379/0") from error
        except RedisError as error:
            raise DemoError(
                f"Redis refused: {masked(str(error))}", "Give --queue the URL of a server that runs"
            ) from error
        return self

    def __exit__(self, *exception: object) -> None:
        if self.url is None:
            return
        from redis import RedisError  # noqa: PLC0415

        with suppress(RedisError):  # a server that no longer answers has nothing to remove
            remove_keys(self._client, self.names)
            self._client.close()


def remove_keys(client: "Redis", names: Iterable[str]) -> None:
    """Remove all keys of some queues from a server.

    Raises:
        RedisError: The server does not answer.
    """
    for name in names:
        for key in client.scan_iter(f"*{name}*"):
            client.delete(key)
