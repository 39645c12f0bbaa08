"""The network that stalls, in which other tests kill sites: it outlives what breaks in it."""

import socket
from contextlib import closing
from unittest.mock import patch

from waiting import PATIENCE_S

from .servers import Stalling


def test_a_connection_that_broke_before_it_was_accepted_does_not_end_the_network() -> None:
    accept, broken = socket.socket.accept, [ConnectionAbortedError(), ConnectionResetError()]

    def accepting(listener: socket.socket) -> tuple[socket.socket, object]:
        if broken:
            raise broken.pop()
        return accept(listener)

    with (
        socket.create_server(("127.0.0.1", 0)) as target,
        patch.object(socket.socket, "accept", accepting),
        Stalling(target.getsockname()[1]) as network,
    ):
        host, port = network.url.removeprefix("http://").split(":")
        target.settimeout(PATIENCE_S)
        with closing(socket.create_connection((host, int(port)), timeout=PATIENCE_S)) as client:
            far, _ = accept(target)
            with far:
                client.sendall(b"1")
                assert far.recv(1) == b"1"
