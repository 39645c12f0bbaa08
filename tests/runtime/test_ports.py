"""Ports that stay a site's own while nobody listens there."""

import errno
import socket
import struct
import subprocess
import sys

import pytest

from geo_runtime.demo.network import Cable
from geo_runtime.demo.ports import Reservation
from waiting import PATIENCE_S, wait_until

LISTEN = """\
import socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
print("listening", flush=True)
sys.stdin.read()
"""


def connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S).close()


def is_given_away(port: int) -> bool:
    """Whether somebody who does not know of the reservation gets the port."""
    with socket.socket() as other:
        try:
            other.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
        return True


def test_a_process_listens_there_is_killed_and_listens_again() -> None:
    with Reservation() as reservation:
        for _ in range(2):
            command = [sys.executable, "-c", LISTEN, str(reservation.port)]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                assert process.stdout.readline() == b"listening\n"
                connect(reservation.port)
                process.kill()
            with pytest.raises(ConnectionRefusedError):
                connect(reservation.port)


def test_nobody_else_is_given_it() -> None:
    with Reservation() as reservation:
        assert not is_given_away(reservation.port)
    assert is_given_away(reservation.port)


def test_a_connection_does_not_start_from_it() -> None:
    """The machine gives each connection a port; here it may give this one only."""
    ip_local_port_range = 51  # Linux 6.3, without a name in Python 3.11
    with Reservation() as reservation, socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as other:
        only = struct.pack("=HH", reservation.port, reservation.port)
        try:
            other.setsockopt(socket.IPPROTO_IP, ip_local_port_range, only)
        except OSError:
            pytest.skip("this kernel is older than Linux 6.3")
        with pytest.raises(OSError, match="Cannot assign requested address"):
            other.connect(server.getsockname())
        reservation.close()
        other.connect(server.getsockname())
        assert other.getsockname()[1] == reservation.port


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Reservation(taken.getsockname()[1])


def test_the_port_of_a_cable_stays_its_own_while_it_is_cut() -> None:
    with Cable(1) as cable:
        cable.cut()
        assert not is_given_away(cable.port)
        cable.mend()
    wait_until(lambda: is_given_away(cable.port))  # the thread that accepts has it until it wakes
