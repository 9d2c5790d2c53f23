"""What Trama mends in aiokafka's clients, for the whole process: no setting of theirs and no argument does it."""

from __future__ import annotations

import asyncio
from functools import cache, partial, wraps
from typing import Any

import aiokafka.client
import aiokafka.consumer.consumer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher as Forgetful
from aiokafka.protocol.metadata import MetadataRequest

from shared.kept import kept

CLOSING = 1.0
"""Seconds that a client's connections are given to close, and a client after who closes it was cancelled.

Then they go on by themselves."""
_closing: set[asyncio.Task[Any]] = set()


@cache
def mend() -> None:
    """Once, before a client is made."""
    # aiokafka lets brokers make each topic that a client asks for, and has no setting against it: where brokers do so,
    # a topic that was deleted would be back at once, with the broker's own partitions and retention
    aiokafka.client.MetadataRequest = partial(MetadataRequest, allow_auto_topic_creation=False)
    aiokafka.consumer.consumer.Fetcher = Fetcher
    # its connections say goodbye in TLS, and wait half a minute for the answer of a broker that hangs
    _close_apart(AIOKafkaClient, "close", CLOSING)
    for kind, name in (
        (AIOKafkaConsumer, "stop"),
        (AIOKafkaProducer, "stop"),
        (AIOKafkaAdminClient, "close"),
    ):
        _close_apart(kind, name)


class Fetcher(Forgetful):  # type: ignore[misc]
    """The part of a consumer that asks for messages, as one that can be closed at any moment.

    aiokafka's own, while it calls its requests back (which it does on a rebalance, too), takes its cancellation for
    theirs: who closes it then waits for ever. And a request that pauses after an error cancels who closes it.
    """

    async def close(self) -> None:
        """End what it does, however often it forgets that it was told to."""
        while not self._fetch_task.done():
            self._fetch_task.cancel()
            await asyncio.wait([self._fetch_task], timeout=0.1)
        for request in self._pending_tasks:
            request.cancel()
        await asyncio.gather(*self._pending_tasks, return_exceptions=True)
        self._pending_tasks.clear()
        await super().close()


def _close_apart(kind: Any, name: str, seconds: float | None = None) -> None:
    """Let clients of a kind close in tasks of their own, waited for no longer than `seconds`.

    They cancel their tasks and wait for them; a cancellation that arrives meanwhile they take for that of a task: who
    was cancelled would not know, and go on for ever.
    """
    close = getattr(kind, name)

    @wraps(close)
    async def apart(self: Any) -> None:
        closing = kept(close(self), _closing)
        try:
            await asyncio.wait([closing], timeout=seconds)
        except asyncio.CancelledError:
            await asyncio.wait([closing], timeout=CLOSING)
            raise
        if closing.done():
            closing.result()

    setattr(kind, name, apart)
