"""One process of a service: its store and relays, what it follows on Kafka, its doors, and a graceful stop.

HTTP is there from the first moment; the rest comes up as its servers do, and readiness says when all is up.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import structlog
from aiokafka.errors import KafkaError
from fastapi import Depends, FastAPI, Request
from faststream.kafka import KafkaBroker
from pymongo.errors import PyMongoError

from shared import logs, topics
from shared.consume import Consumer
from shared.contracts.base import Recorded
from shared.decider import Command, Decider
from shared.documents import Apply, apply_to
from shared.errors import Unavailable
from shared.eventstore import EventStore, open_store
from shared.eventstore.snapshots import load_state
from shared.execute import Context, Outcome, execute
from shared.history import history
from shared.http import Check
from shared.mongo import Client, Database, clock_offset, connect, durable, is_transient
from shared.projection import Document, Projection
from shared.relay import Relay, ring
from shared.roles import Caller
from shared.settings import ServiceSettings
from shared.subscribe import React, Subscription
from shared.version import VERSION

log = structlog.get_logger(__name__)
C = TypeVar("C", bound=Command)
S = TypeVar("S")
Work = Callable[[], Awaitable[None]]
PAUSE = 0.5
"""Seconds between two tries to reach a server at the start."""
MAX_CLOCK_OFFSET = 1.0
"""Seconds that the clock may differ from the database's; more is an alarm."""


@dataclass
class Service:
    """What `app.py` wires. `topic` is where the service's own events go; None for one that records nothing itself.

    `at_start` is done once the store is open, before anything is consumed; `tasks` run beside the rest until the
    process ends. A task that fails ends the process, loudly: whoever supervises it starts it again.
    """

    settings: ServiceSettings
    topic: str | None
    at_start: list[Work] = field(default_factory=list)
    tasks: list[Work] = field(default_factory=list)
    rebuilders: dict[str, Callable[..., Awaitable[Any]]] = field(default_factory=dict)
    consumers: list[Consumer] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)
    checks: dict[str, Check] = field(default_factory=dict)
    failed: bool = False
    _store: EventStore | None = None
    _client: Client | None = None
    _up: bool = False

    def __post_init__(self) -> None:
        self.checks |= {"service": self._is_up, "mongo": self._mongo, "clock": self._clock, "alarms": self._no_alarm}

    @property
    def name(self) -> str:
        """The service's name."""
        return self.settings.service

    @property
    def client(self) -> Client:
        """The MongoDB client, made on first use (it connects by itself)."""
        if self._client is None:
            self._client = connect(self.settings.mongo_url.get_secret_value(), self.name)
        return self._client

    @property
    def database(self) -> Database:
        """The service's own database."""
        return durable(self.client, self.settings.database_name)

    @property
    def store(self) -> EventStore:
        """The event store; raises `Unavailable` until it is open."""
        if self._store is None:
            raise Unavailable(f"{self.name} is still starting; nothing was recorded")
        return self._store

    def follow(
        self, topic: str, name: str, *, project: Sequence[Projection] = (), apply: Apply | None = None,
        react: React | None = None,
    ) -> None:  # fmt: skip
        """Follow `topic` as the subscription `name`: with projections, an `apply` of one's own, or a reaction."""
        if project:
            apply = apply_to(self.database, project)
        subscription = Subscription(name, self.client, self.database, apply=apply, react=react)
        self.consumers.append(Consumer(subscription, topic, topics.source(topic)))

    async def order(self, decider: Decider[C, S], stream: str, command: C, caller: Caller, key: str) -> Outcome[S]:
        """Carry out the order of an HTTP caller, under the request's correlation id."""
        context = Context(caller.subject, key, logs.correlation_id.get() or key, logs.traceparent.get())
        return await execute(self.store, decider, stream, command, context)

    async def react(self, decider: Decider[C, S], stream: str, command: C, cause: Recorded, purpose: str) -> Outcome[S]:
        """Carry out an order that follows from someone's event; repeating it is harmless."""
        return await execute(self.store, decider, stream, command, Context.because(cause, self.name, purpose))

    async def state(self, decider: Decider[C, S], stream: str) -> S:
        """The stream's state as it is now."""
        return (await load_state(self.store, decider, stream)).state

    async def document(self, projection: Projection, stream: str) -> Document | None:
        """The document that `projection` makes of the stream as it is now: one's own writes are in it."""
        return projection.fold(stream, None, await history(self.store, stream))

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Everything but the doors, for as long as the application lives."""
        running = asyncio.create_task(self._run(), name=f"{self.name} at work")
        running.add_done_callback(self._ended)
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait({running})
            self.client.close()

    def _ended(self, running: asyncio.Task[None]) -> None:
        self._up = False
        if not running.cancelled() and (error := running.exception()):
            self.failed = True
            log.critical("service_failed", error=repr(error), exc_info=error)
            os.kill(os.getpid(), signal.SIGTERM)  # uvicorn then ends in good order

    async def _run(self) -> None:
        await self._open()
        broker = await self._consume()
        try:
            async with asyncio.TaskGroup() as group:
                for work in self._work():
                    group.create_task(_forever(work))
                self._up = True
                log.info("service_up", service=self.name, version=VERSION)
        finally:
            self._up = False
            await broker.stop()
            await self.store.close()

    def _work(self) -> list[Work]:
        store = self.store
        relays = [relay.run for relay in self.relays]
        bell: list[Work] = [lambda: ring(store, self.relays)] if self.relays else []
        return [*relays, *bell, *(consumer.run for consumer in self.consumers), *self.tasks]

    async def _open(self) -> None:
        """The store and the topics, as soon as their servers answer."""
        settings = self.settings
        self._store = await _patiently("mongo", lambda: open_store(self.database, self.name, settings.logs))
        await _patiently("kafka", self._make_topics)
        if self.topic is not None:
            self.relays = [
                Relay(self._store, self.database, self.topic, i, settings.kafka_servers) for i in range(settings.logs)
            ]
        for work in self.at_start:
            await _patiently("start", work)

    async def _make_topics(self) -> None:
        names = sorted({*topics.written_by(self.name), *(c.topic for c in self.consumers), topics.DEAD_LETTERS})
        await topics.apply(self.settings.kafka_servers, names, self.settings.logs, self.settings.kafka_replication)

    async def _consume(self) -> KafkaBroker:
        async def begin() -> KafkaBroker:
            broker = KafkaBroker(self.settings.kafka_servers, allow_auto_create_topics=False, logger=None)
            for consumer in self.consumers:
                consumer.attach(broker)
            try:
                await broker.connect()
                await asyncio.gather(*(subscriber.start() for subscriber in broker.subscribers))
            except BaseException:
                await broker.stop()
                raise
            return broker

        return await _patiently("kafka", begin)

    async def _is_up(self) -> None:
        if not self._up:
            raise Unavailable(f"{self.name} is still starting")

    async def _mongo(self) -> None:
        await self.client.admin.command("ping")

    async def _clock(self) -> None:
        offset = await clock_offset(self.client)
        if abs(offset) > MAX_CLOCK_OFFSET:
            raise Unavailable(f"this clock is {offset:+.1f} s off the database's: set it")

    async def _no_alarm(self) -> None:
        found = [f"{relay.log_name}: {relay.alarm}" for relay in self.relays if relay.alarm]
        found += [f"{name}: {reason}" for consumer in self.consumers for name, reason in consumer.alarms.items()]
        if found:
            raise Unavailable("; ".join(found))


async def _forever(work: Work) -> None:
    await work()
    raise RuntimeError(f"{work} ended, though it should run as long as the service")


T = TypeVar("T")


async def _patiently(what: str, work: Callable[[], Awaitable[T]]) -> T:
    """Begin as soon as the servers answer, however long that takes; readiness says meanwhile that it has not."""
    while True:
        try:
            return await work()
        except (KafkaError, OSError, Unavailable) as error:
            log.warning("server_awaited", server=what, error=repr(error))
        except PyMongoError as error:
            if not is_transient(error):
                raise
            log.warning("server_awaited", server=what, error=repr(error))
        await asyncio.sleep(PAUSE)


def here(request: Request) -> Service:
    """A dependency: the service that the request came to."""
    service: Service = request.app.state.service
    return service


Here = Annotated[Service, Depends(here)]
