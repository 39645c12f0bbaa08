"""Messages from Redis, which anybody may have written: only job ids get through, in newly built messages.

Kombu and Celery trust the format of messages. A malformed one crashes a worker, is delivered again after a restart, and
crashes it again; so none that could do that reaches them.
"""

import base64
import binascii
import json
import logging
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from kombu.transport import redis

from geo_runtime.running.memory_transport import Awake
from geo_runtime.running.messages import TASK, is_job_id

log = logging.getLogger(__name__)
_SHOWN: Final = 200


class Channel(redis.Channel):
    """A channel that drops messages that are not JSON, and tells when there is room for another message."""

    def basic_ack(self, *arguments: Any, **options: Any) -> None:
        """Acknowledge a message, whose job has ended in another thread; arguments as in Kombu."""
        super().basic_ack(*arguments, **options)
        self.connection.acknowledged.set()

    def _brpop_read(self, **options: Any) -> bool | None:
        try:
            found: bool | None = super()._brpop_read(**options)
        except (ValueError, RecursionError) as error:
            log.warning("a message is not JSON, and is dropped", extra={"error": f"{type(error).__name__}: {error}"})
            return None
        return found


class _Waiting(redis.Transport):
    """While as many messages are being worked on as may be, the reader waits for one of them to be acknowledged.

    Kombu waits for a message, which it has not asked for, so that nothing ends its wait: however short the jobs are,
    all threads of a worker would be idle until it looks again.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.acknowledged = threading.Event()

    def drain_events(self, connection: Any, timeout: float | None = None) -> Any:  # type: ignore[override]
        """Wait for a message; arguments, result and errors as in Kombu."""
        self.acknowledged.clear()
        if not all(channel.qos.can_consume() for channel in connection.channels):
            self.acknowledged.wait(timeout)
            timeout = 0
        return super().drain_events(connection, timeout=timeout)


class Transport(Awake, _Waiting):  # type: ignore[misc]
    """A transport that drops messages that are not a job id."""

    Channel = Channel

    def _deliver(self, message: object, queue: str) -> None:
        made = remade(message, queue)
        if made is None:
            log.warning("a message names no job, and is dropped", extra={"content": repr(message)[:_SHOWN]})
        else:
            super()._deliver(made, queue)


def remade(message: object, queue: str) -> dict[str, Any] | None:
    """Return a new message with only the job and time of a given one, or None if it has none.

    Args:
        message: The message, parsed from JSON.
        queue: The queue from which it came.
    """
    try:
        job_id, eta = _job_in(message)
    except (ValueError, TypeError, LookupError, RecursionError, binascii.Error):
        return None
    identity = str(uuid4())
    return {
        "body": base64.b64encode(json.dumps([[job_id], {}, {}]).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": TASK,
            "id": identity,
            "root_id": identity,
            "eta": eta,
            "retries": 0,
            "timelimit": [None, None],
        },
        "properties": {
            "correlation_id": identity,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": identity,
        },
    }


def _job_in(message: Any) -> tuple[int, str | None]:
    """Return the id of a job, and when to run it.

    Raises:
        ValueError: The message is not one of ours; other errors from reading it mean the same.
    """
    headers = message["headers"]
    if not isinstance(headers, Mapping) or headers["task"] != TASK or message["content-type"] != "application/json":
        raise ValueError("not a message of this library")
    arguments, _named, _embedded = json.loads(base64.b64decode(message["body"], validate=True))
    (job_id,) = arguments
    if not is_job_id(job_id):
        raise ValueError("not the id of a job")
    eta = headers.get("eta")
    if eta is not None and datetime.fromisoformat(eta).tzinfo is None:
        raise ValueError("a time without a zone")
    return job_id, eta
