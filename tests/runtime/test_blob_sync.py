"""Download and removal of files (points 96 to 104)."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from urllib3.exceptions import NewConnectionError, ReadTimeoutError, URLSchemeUnknown

from geo_runtime.administration.actions import RESYNC, run_bulk
from geo_runtime.errors import LeaseTakenError
from geo_runtime.ground.interruption import Interrupted, interruptible
from geo_runtime.kinds.blob.download import BlobDownload
from geo_runtime.kinds.blob.replicator import REMOVAL_LEASE
from geo_runtime.replication import verifier
from geo_runtime.replication.registry import RegistryState
from geo_runtime.replication.verification import VerificationState
from geo_runtime.site import http_client
from geo_runtime.web import Server
from geo_runtime.workers.consistency import DestroyWorker
from geo_runtime.workers.scheduler import sync_timeout
from waiting import PATIENCE_S

from .convergence import begin, converge, leftovers
from .test_configuration import certificate
from .widgets import WidgetFileReplicator
from .world import FakeStorage, World


@pytest.fixture
def served(world: World) -> World:
    world.serve()
    return world


class Answer:
    """A server that answers every request alike and remembers it."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.requests: list[Request] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests.append(Request(scope))
        await self.response(scope, receive, send)


@contextmanager
def answering(world: World, response: Response) -> Iterator[Answer]:
    """The primary answers like this."""
    answer = Answer(response)
    with Server(answer) as server:
        world.set_node("primary", url=server.url)
        yield answer


@contextmanager
def broken_off(world: World, headers: dict[str, str]) -> Iterator[None]:
    """The primary's connection breaks off in the middle of its answer."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = "5\r\ncont" if "transfer-encoding" in headers else "cont"

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n{body}".encode())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        world.set_node("primary", url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield
        thread.join()


def copy(world: World, name: str = "a.bin") -> Path:
    return world.upload(world.secondary, name)


@pytest.mark.point(96)
def test_a_first_synchronisation(served: World) -> None:
    record = served.widget_file("sub/a.bin", b"x" * 3_000_000)
    verifier.verify(served.replicator(record, served.primary))
    assert served.registry(record) is None
    served.replicator(record).consume("created", {"model_record_id": record.id})
    row = served.registry(record)
    assert (row.state, row.verification_state) == (RegistryState.SYNCED, VerificationState.PENDING)
    assert copy(served, "sub/a.bin").read_bytes() == b"x" * 3_000_000
    mask = os.umask(0)
    os.umask(mask)
    assert copy(served, "sub/a.bin").stat().st_mode & 0o777 == 0o666 & ~mask
    assert leftovers(served) == []


def place(world: World, content: bytes) -> None:
    copy(world).parent.mkdir(parents=True, exist_ok=True)
    copy(world).write_bytes(content)


@pytest.mark.point(97)
def test_a_file_that_is_there_already_is_not_fetched(served: World) -> None:
    record = served.widget_file()
    place(served, b"brought")
    with patch("geo_runtime.kinds.blob.download.BlobDownload._fetch") as fetch:
        assert served.replicator(record).sync() is True
    fetch.assert_not_called()
    assert served.registry(record).state == RegistryState.SYNCED


@pytest.mark.point(97)
@pytest.mark.parametrize("case", ["synced before", "failed before", "mutable", "no verification", "no file"])
def test_otherwise_it_is_fetched(served: World, case: str) -> None:
    record = served.widget_file()
    place(served, b"brought")
    if case == "synced before":
        served.set_registry(record, state=RegistryState.SYNCED, verification_state=VerificationState.DISABLED)
    elif case == "failed before":
        served.set_registry(record, state=RegistryState.FAILED, retry_count=1)
    elif case == "no file":
        copy(served).unlink()
    with (
        patch.object(WidgetFileReplicator, "mutable", case == "mutable"),
        patch.object(WidgetFileReplicator, "verification_enabled", return_value=case != "no verification"),
    ):
        assert served.replicator(record).sync() is True
    assert copy(served).read_bytes() == b"content"


@pytest.mark.parametrize("how", ["timed out", "asked for", "asked for with all others"])
def test_what_a_killed_download_left_goes_with_the_next_attempt(served: World, how: str) -> None:
    record = served.widget_file()
    served.set_registry(record, state=RegistryState.STARTED, last_synced_at=served.timing.now())
    place(served, b"")
    copy(served).rename(copy(served).with_name(f"tmp_widget_file_{record.id}_left"))
    served.wait(hours=9)
    if how == "timed out":
        sync_timeout(served.secondary)
    elif how == "asked for":
        with served.replicator(record).registry() as registry:
            registry.pending()
    else:
        run_bulk(served.secondary, WidgetFileReplicator.registry_class.__name__, RESYNC, {})
    assert leftovers(served) != []
    assert served.replicator(record).sync() is True
    assert leftovers(served) == []


def failure(world: World, record: Any) -> str:
    assert world.replicator(record).sync() is False
    row = world.registry(record)
    assert row.state == RegistryState.FAILED
    assert leftovers(world) == []
    return str(row.last_sync_failure)


@pytest.mark.point(98)
def test_preconditions(served: World) -> None:
    record = served.widget_file()
    start = "Skipping transfer "
    served.set_node("secondary", primary=True)
    assert failure(served, record) == f"{start}as this is not a Secondary node"
    served.set_node("secondary", primary=False)
    served.set_node("primary", primary=False)
    assert failure(served, record) == f"{start}as there is no Primary node to download from"
    served.set_node("primary", primary=True)
    with patch.object(WidgetFileReplicator, "validation_error", return_value="bad"):
        assert failure(served, record) == f"{start}due to validation error: bad"
    copy(served).mkdir(parents=True)
    assert failure(served, record) == f"{start}as destination exist and is a directory"
    copy(served).rmdir()
    copy(served).parent.rmdir()
    copy(served).parent.write_bytes(b"in the way")
    assert failure(served, record) == f"{start}as we cannot create the destination directory"
    copy(served).parent.unlink()
    with patch.object(Path, "open", side_effect=OSError("full")):
        assert failure(served, record) == "Error creating temporary file"


@pytest.mark.point(98)
def test_preconditions_of_object_storage(served: World) -> None:
    record = served.widget_file(content=None, file_store=2)
    served.set_node("secondary", sync_object_storage=True)
    start = "Skipping transfer as this secondary node is not"
    assert failure(served, record) == f"{start} configured to store widget_file on Object Storage"
    assert served.replicator(record).in_replicables_for_secondary()
    served.set_node("secondary", sync_object_storage=False)
    with patch.object(WidgetFileReplicator, "in_replicables_for_secondary", return_value=True):
        assert failure(served, record) == f"{start} allowed to replicate content on Object Storage"


@pytest.mark.point(98)
def test_out_of_scope_nothing_is_touched(served: World) -> None:
    record = served.widget_file(content=None, file_store=2)
    assert served.replicator(record).sync() is None
    assert served.registry(record) is None


@pytest.mark.point(98)
def test_a_truncated_file_is_a_checksum_mismatch(served: World) -> None:
    record = served.widget_file()
    verifier.verify(served.replicator(record, served.primary))
    served.upload(served.primary, "a.bin").write_bytes(b"cont")
    assert failure(served, record) == "Downloaded file checksum mismatch"
    assert not copy(served).exists()


@pytest.mark.point(98)
@pytest.mark.parametrize("headers", [{"content-length": "7"}, {"transfer-encoding": "chunked"}])
def test_a_download_that_ends_early(served: World, headers: dict[str, str]) -> None:
    """There is no checksum yet that would tell; what was announced does."""
    begin(served)
    record = served.widget_file()
    with broken_off(served, headers):
        assert failure(served, record).startswith("Error downloading file: ")
    assert not copy(served).exists()
    served.mend()
    converge(served, [record], minutes=2)


@pytest.mark.point(98)
@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_http_errors(served: World, status: int) -> None:
    record = served.widget_file()
    with answering(served, PlainTextResponse("no", status_code=status)):
        assert failure(served, record) == f"Non-success HTTP response status code {status}"


@pytest.mark.point(98)
def test_no_connection(served: World) -> None:
    record = served.widget_file()
    served.cut()
    assert failure(served, record).startswith("Error downloading file: ")


@pytest.mark.point(99)
def test_a_file_that_the_primary_lacks(served: World) -> None:
    record = served.widget_file(content=None)
    served.set_registry(record, state=RegistryState.FAILED, retry_count=29)
    assert failure(served, record) == "The file is missing on the Geo primary site"
    row = served.registry(record)
    assert (row.retry_at - served.timing.now()).total_seconds() == 14416


@pytest.mark.point(99)
@pytest.mark.parametrize(
    "response",
    [
        JSONResponse({"message": "404 Not Found"}, status_code=404),
        PlainTextResponse("FILE_NOT_FOUND", status_code=404),
        JSONResponse({"geo_code": "FILE_NOT_FOUND"}, status_code=410),
        JSONResponse(["FILE_NOT_FOUND"], status_code=404),
    ],
)
def test_another_404_is_an_ordinary_failure(served: World, response: Response) -> None:
    record = served.widget_file()
    served.set_registry(record, state=RegistryState.FAILED, retry_count=29)
    with answering(served, response):
        assert failure(served, record) == f"Non-success HTTP response status code {response.status_code}"
    assert (served.registry(record).retry_at - served.timing.now()).total_seconds() == 3616


@pytest.mark.point(100)
def test_without_a_checksum_there_is_no_check(served: World) -> None:
    record = served.widget_file()
    assert served.state(record).verification_checksum is None
    assert served.replicator(record).sync() is True
    assert copy(served).read_bytes() == b"content"
    assert served.registry(record).verification_state == VerificationState.DISABLED


@pytest.mark.point(101)
def test_a_redirect_is_followed_once_without_the_token(served: World) -> None:
    record = served.widget_file()
    with Server(storage := Answer(PlainTextResponse("stored"))) as server:
        address = f"{server.url}/b%2Fucket/a%20b?X-Signature=a%2Fb%3D&z=+1"
        with answering(served, Response(status_code=302, headers={"location": address})) as primary:
            assert served.replicator(record).sync() is True
    assert primary.requests[0].headers["authorization"].startswith("GL-Geo ")
    assert primary.requests[0].headers["x-sendfile-type"] == "X-Sendfile"
    (request,) = storage.requests
    assert "authorization" not in request.headers
    assert request.scope["raw_path"] == b"/b%2Fucket/a%20b"
    assert request.scope["query_string"] == b"X-Signature=a%2Fb%3D&z=+1"
    assert copy(served).read_bytes() == b"stored"


@pytest.mark.point(101)
def test_a_second_redirect_is_not_followed(served: World) -> None:
    record = served.widget_file()
    with (
        Server(again := Answer(Response(status_code=302, headers={"location": "/again"}))) as server,
        answering(served, Response(status_code=302, headers={"location": server.url})),
    ):
        assert failure(served, record) == "Non-success HTTP response status code 302"
    assert len(again.requests) == 1


@pytest.mark.point(101)
def test_a_remote_file_comes_from_the_object_storage(served: World) -> None:
    served.primary.object_storage = FakeStorage()
    served.primary.object_storage.files["widget_files/a.bin"] = b"remote"
    served.secondary.object_storage = FakeStorage()
    served.set_node("secondary", sync_object_storage=True)
    record = served.widget_file(content=None, file_store=2)
    verifier.verify(served.replicator(record, served.primary))
    with Server(Answer(PlainTextResponse("remote"))) as server:
        served.primary.object_storage.base = server.url
        assert served.replicator(record).sync() is True
    assert served.secondary.object_storage.files == {"widget_files/a.bin": b"remote"}
    verifier.verify(served.replicator(record))
    assert served.registry(record).verification_state == VerificationState.SUCCEEDED


@pytest.mark.point(102)
def test_an_exception_is_recorded_and_not_raised(served: World) -> None:
    record = served.widget_file()
    with patch.object(WidgetFileReplicator, "validation_error", side_effect=RuntimeError("broken")):
        assert failure(served, record) == "Error while attempting to sync: broken"
    with patch("geo_runtime.kinds.blob.download.BlobDownload._move", side_effect=OSError("disk full")):
        assert failure(served, record) == "Error downloading file: disk full"


@pytest.mark.point(102)
def test_an_interrupted_download_is_not_left_started(served: World) -> None:
    record = served.widget_file()
    with (
        patch.object(WidgetFileReplicator, "validation_error", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        served.replicator(record).sync()
    row = served.registry(record)
    assert (row.state, row.last_sync_failure) == (RegistryState.FAILED, "Unknown system error")


@pytest.mark.point(91)
def test_a_taken_lease_leaves_the_registry_alone(served: World) -> None:
    record = served.widget_file()
    key = f"geo/blob_download_service:widget_file:{record.id}"
    assert served.secondary.store.obtain(key, timedelta(hours=8))
    assert served.replicator(record).sync() is None
    assert served.registry(record) is None


def deleted(world: World, record: Any, **changes: Any) -> dict[str, Any]:
    payload = {**world.replicator(record, world.primary).deleted_params(), **changes}
    world.remove(record)
    return payload


@pytest.mark.point(103)
def test_a_delete_event_removes_file_and_registry(served: World) -> None:
    record = served.widget_file()
    served.replicator(record).sync()
    payload = deleted(served, record)
    for _ in range(2):
        served.replicator(record).consume("deleted", payload)
        assert not copy(served).exists()
        assert served.registry(record) is None


@pytest.mark.point(103)
def test_an_error_in_unlinking_keeps_the_registry(served: World) -> None:
    record = served.widget_file()
    served.replicator(record).sync()
    payload = deleted(served, record)
    with patch.object(Path, "unlink", side_effect=OSError("read-only")), pytest.raises(OSError, match="read-only"):
        served.replicator(record).consume("deleted", payload)
    assert served.registry(record) is not None


@pytest.mark.point(103)
@pytest.mark.parametrize("allowed", [True, False])
def test_a_remote_file_is_removed_only_where_that_is_allowed(served: World, allowed: bool) -> None:
    served.secondary.object_storage = FakeStorage()
    served.secondary.object_storage.files["widget_files/a.bin"] = b"x"
    record = served.widget_file(content=None, file_store=2)
    served.set_registry(record, state=RegistryState.SYNCED)
    served.set_node("secondary", sync_object_storage=allowed)
    served.replicator(record).consume("deleted", deleted(served, record))
    assert (served.secondary.object_storage.files == {}) is allowed
    assert served.registry(record) is None


@pytest.mark.point(103)
def test_without_a_path_the_file_may_be_orphaned(served: World, caplog: pytest.LogCaptureFixture) -> None:
    record = served.widget_file()
    served.replicator(record).sync()
    served.remove(record)
    served.replicator(record).replicate_destroy({})
    assert "a file may be orphaned" in caplog.text
    assert served.registry(record) is None


@pytest.mark.parametrize("moment", ["before the file is there", "before success is noted", "after a failure"])
def test_a_record_that_is_destroyed_while_its_file_comes_leaves_nothing(served: World, moment: str) -> None:
    record = served.widget_file()
    payload = served.replicator(record, served.primary).deleted_params()
    move = BlobDownload._move

    def destroy(download: BlobDownload, path: Path, destination: Path | None) -> None:
        if moment == "before success is noted":
            move(download, path, destination)
        served.remove(record)
        with pytest.raises(LeaseTakenError):  # it comes again, when the download has ended or was killed
            served.replicator(record).consume("deleted", payload)
        if moment == "after a failure":
            raise OSError("the connection was reset")
        if moment == "before the file is there":
            path.write_bytes(b"content")  # a download in an object storage's folder is not removed
            move(download, path, destination)

    with patch.object(BlobDownload, "_move", destroy):
        assert served.replicator(record).sync() is None
    assert not copy(served).exists()
    assert served.registry(record) is None
    assert leftovers(served) == []


def test_a_removal_comes_again_for_the_file_of_a_download_that_was_killed(served: World) -> None:
    """Neither record nor registry would lead anybody to it."""
    record = served.widget_file()
    begun, removed, moved, ended = (threading.Event() for _ in range(4))
    check, move = BlobDownload._checked_destination, BlobDownload._move

    def checked(download: BlobDownload) -> Path | None:
        begun.set()
        removed.wait(PATIENCE_S)
        return check(download)

    def killed(download: BlobDownload, path: Path, destination: Path | None) -> None:
        move(download, path, destination)
        moved.set()
        ended.wait(PATIENCE_S)  # whoever never goes on is as good as killed

    jobs = served.secondary.jobs
    with (
        patch.object(BlobDownload, "_checked_destination", checked),
        patch.object(BlobDownload, "_move", killed),
        ThreadPoolExecutor() as pool,
    ):
        pool.submit(served.replicator(record).sync)
        assert begun.wait(PATIENCE_S)
        jobs.enqueue(DestroyWorker, "widget_file", record.id)  # it is not kept any more
        for _ in range(6):  # more often than errors are forgiven
            jobs.run_due()
            served.timing.advance(hours=1)
        removed.set()
        assert moved.wait(PATIENCE_S)
        assert copy(served).exists()
        served.timing.advance(hours=9)
        jobs.run_due()
        assert not copy(served).exists()
        assert leftovers(served) == []
        assert jobs.waiting() == []
        ended.set()
    assert served.registry(record) is None


def test_a_removal_looks_again_for_a_file_that_came_meanwhile(served: World) -> None:
    record = served.widget_file()
    payload = deleted(served, record)

    def remove_registry(replicator: WidgetFileReplicator) -> None:
        copy(served).parent.mkdir(parents=True, exist_ok=True)
        copy(served).write_bytes(b"content")

    with patch.object(WidgetFileReplicator, "remove_registry", remove_registry):
        served.replicator(record).consume("deleted", payload)
    assert not copy(served).exists()


def test_an_event_that_knows_the_file_waits_for_a_removal_that_does_not(served: World) -> None:
    record = served.widget_file()
    served.replicator(record).sync()
    payload = deleted(served, record)
    key = f"file_registry_removal_service:widget_file:{record.id}"
    with served.secondary.store.lease(key, REMOVAL_LEASE):
        served.secondary.jobs.enqueue("EventWorker", "widget_file", "deleted", payload)
        served.secondary.jobs.run_due()
        served.replicator(record).replicate_destroy({})  # that removal has nothing to lose
        assert copy(served).exists()
    served.timing.advance(minutes=5)
    served.secondary.jobs.run_due()
    assert not copy(served).exists()


@pytest.mark.point(104)
def test_an_old_event_has_the_path_as_it_is(served: World) -> None:
    record = served.widget_file()
    for path in ("widget_files/a.bin", str(copy(served))):
        served.set_registry(record, state=RegistryState.SYNCED)
        place(served, b"x")
        payload = {"model_record_id": record.id, "blob_path": path}
        served.replicator(record).consume("deleted", payload)
        assert not copy(served).exists()
        assert served.registry(record) is None


@pytest.mark.point(104)
@pytest.mark.parametrize("path", ["../../outside", "/etc/passwd", "a/../../../outside"])
def test_no_event_removes_a_file_outside_the_storage(served: World, path: str) -> None:
    record = served.widget_file()
    outside = served.folder / "secondary" / "outside"
    outside.write_bytes(b"x")
    for uploader in ({}, {"uploader_class": "WidgetFileUploader"}):
        served.replicator(record).consume("deleted", {"model_record_id": record.id, "blob_path": path, **uploader})
    assert outside.exists()


def begin_an_answer(listener: socket.socket, head: bytes) -> None:
    """Begin an answer, and stall."""
    with suppress(OSError):
        near, _ = listener.accept()
        with near:
            near.recv(1 << 16)
            near.sendall(head)
            near.recv(1)  # until the other end hangs up


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1234"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_download_that_stands_still_gives_up_when_it_is_asked_to(world: World, scheme: str, head: bytes) -> None:
    """Before the answer, or in its middle; not only when a minute without data is over."""
    record, asked, tls = world.widget_file(), threading.Event(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pair = certificate(world.folder)
    tls.load_cert_chain(*pair)
    secondary = world.again(world.secondary, ca_file=pair[0])
    with socket.create_server(("127.0.0.1", 0)) as plain:
        world.set_node("primary", url=f"{scheme}://127.0.0.1:{plain.getsockname()[1]}")
        listener = tls.wrap_socket(plain, server_side=True) if scheme == "https" else plain
        with listener:
            threading.Thread(target=begin_an_answer, args=(listener, head), daemon=True).start()
            threading.Timer(0.3, asked.set).start()
            with pytest.raises(Interrupted), interruptible(asked):
                world.replicator(record, secondary).sync()
    assert world.registry(record).is_failed  # so that it is tried again


def test_what_has_arrived_is_read_at_once(world: World) -> None:
    record, asked, receive = world.widget_file(content=b"x" * (1 << 22)), list[int](), socket.socket.recv_into

    def receiving(stream: socket.socket, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        asked.append(len(buffer))
        return receive(stream, buffer, nbytes, flags)

    world.serve()
    with patch.object(socket.socket, "recv_into", receiving):
        assert world.replicator(record).sync()
    assert asked[1] == 1 << 20  # the first one was for the head


def test_only_a_fresh_connection_is_used_again(served: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for kept_s, opened in ((3600.0, 1), (0.0, 2)):
        monkeypatch.setattr(http_client, "_KEPT_S", kept_s)
        with patch.object(http_client, "_as_ours", wraps=http_client._as_ours) as connected:
            for name in ("a", "b"):
                assert served.replicator(served.widget_file(f"{name}{kept_s}.bin")).sync()
        assert connected.call_count == opened


def test_a_site_that_does_not_answer_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, http_client.client(timeout_s=0.1) as client:
        with pytest.raises(ReadTimeoutError):
            client.request("GET", f"http://127.0.0.1:{listener.getsockname()[1]}")
        listener.close()
        with pytest.raises(NewConnectionError):
            client.request("GET", "http://127.0.0.1:1")
        with pytest.raises(URLSchemeUnknown):
            client.request("GET", "ftp://127.0.0.1")
