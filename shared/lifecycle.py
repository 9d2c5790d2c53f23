"""How a service comes up, works, and stops in good order.

Each server is awaited for as long as it takes; readiness says meanwhile that the service is not up. A task that fails
ends the process, loudly: whoever supervises it starts it again.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import structlog
from faststream.kafka import KafkaBroker

from shared import topics
from shared.eventstore import open_store
from shared.faults import waited_out
from shared.kafka import kafka_broker
from shared.mongo import close
from shared.relay import Relay, ring
from shared.service import Service, Work
from shared.telling import told
from shared.version import VERSION

log = structlog.get_logger(__name__)
PAUSE = 0.5
"""Seconds between two tries to reach a server at the start."""
WATCH = 5.0
"""Seconds between two looks, while it runs, whether its topics are still there."""
LEAVING = 15.0
"""Seconds that its consumers are given at the stop: Kafka may be away."""
T = TypeVar("T")


@asynccontextmanager
async def living(service: Service) -> AsyncIterator[None]:
    """The service at work, all but its doors, for as long as the block."""
    running = asyncio.create_task(_run(service), name=f"{service.name} at work")
    running.add_done_callback(lambda task: _ended(service, task))
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait({running})
        await close(service.client)


def _ended(service: Service, running: asyncio.Task[None]) -> None:
    if not running.cancelled() and (error := running.exception()):
        service.failed = True
        log.critical("service_failed", error=told(error), exc_info=error)
        os.kill(os.getpid(), signal.SIGTERM)  # uvicorn then ends in good order


async def _run(service: Service) -> None:
    await _open(service)
    broker = kafka_broker(service.settings.kafka)
    for consumer in service.consumers:
        consumer.attach(broker)
    try:
        await _patiently("kafka", broker.connect)
        async with asyncio.TaskGroup() as group:
            for work in _all_work(service):
                group.create_task(_forever(work))
            await _join(service, group)
            group.create_task(_forever(partial(_watch, service)))
            service.up = True
            log.info("service_up", service=service.name, version=VERSION)
    finally:
        service.up = False
        await _leave(broker)
        await service.store.close()


async def _leave(broker: KafkaBroker) -> None:
    """Stop consuming. What is not done in time ends with the process: nothing depends on how a group is left."""
    try:
        async with asyncio.timeout(LEAVING):
            await broker.stop()
    except TimeoutError:
        log.warning("consumers_given_up", seconds=LEAVING)


async def _open(service: Service) -> None:
    """The store, the service's own topics, and what is to be done before anything is consumed.

    From the store on the doors work. What the number of logs must fit is looked at before it is fixed for good.
    """
    settings = service.settings
    if await _patiently("mongo", lambda: service.database["meta"].find_one({"_id": "logs"})) is None:
        await _patiently("kafka", lambda: topics.check(settings.kafka, _own_topics(service), settings.logs))
    service.opened = await _patiently("mongo", lambda: open_store(service.database, service.name, settings.logs))
    await _patiently("kafka", partial(_make_topics, service))
    if service.topic is not None:
        service.relays = [
            Relay(service.store, service.database, service.topic, number, settings.kafka)
            for number in range(settings.logs)
        ]
    for work in service.at_start:
        await _patiently("start", work)


def _own_topics(service: Service) -> list[str]:
    """What it makes itself. Another service's topic has as many partitions as *that* service has logs."""
    return sorted({*topics.written_by(service.name), topics.DEAD_LETTERS})


async def _make_topics(service: Service) -> None:
    settings = service.settings
    await topics.apply(settings.kafka, _own_topics(service), settings.logs, settings.kafka_replication)


async def _join(service: Service, group: asyncio.TaskGroup) -> None:
    """Begin to consume each topic once it is there: its own service makes it."""
    waiting = list(service.consumers)
    while waiting:
        names = {consumer.topic for consumer in waiting}
        missing = await _patiently("kafka", partial(topics.missing, service.settings.kafka, names))
        here = [consumer for consumer in waiting if consumer.topic not in missing]
        # side by side: to join a group takes a moment, and there are several
        await asyncio.gather(*(_patiently("kafka", consumer.join) for consumer in here))
        for consumer in here:
            group.create_task(_forever(consumer.run))
        waiting = [consumer for consumer in waiting if consumer.topic in missing]
        _tell_awaited(service, missing)
        if missing:
            await asyncio.sleep(PAUSE)


async def _watch(service: Service) -> None:
    """Look after topics that may be deleted: make the own ones again, which their relays fill; tell of the others."""
    settings, followed = service.settings, {consumer.topic for consumer in service.consumers}

    async def look() -> None:
        gone, missing = await topics.look(settings.kafka, _own_topics(service), settings.logs, followed)
        if gone:
            log.warning("topics_made_again", topics=gone)
            await _make_topics(service)
        _tell_awaited(service, missing.difference(gone))

    while True:
        await asyncio.sleep(WATCH)
        await _patiently("kafka", look, WATCH)


def _tell_awaited(service: Service, missing: set[str]) -> None:
    if missing != service.awaited:
        log.info("topics_awaited", topics=sorted(missing))
    service.awaited = missing


def _all_work(service: Service) -> list[Work]:
    bell: list[Work] = [lambda: ring(service.store, service.relays)] if service.relays else []
    relays = (relay.run for relay in service.relays)
    return [*relays, *bell, *service.tasks]


async def _forever(work: Work) -> None:
    await work()
    raise RuntimeError(f"{work} ended, though it should run as long as the service")


async def _patiently(what: str, work: Callable[[], Awaitable[T]], pause: float = PAUSE) -> T:
    def tell(error: Exception) -> None:
        log.warning("server_awaited", server=what, error=told(error))

    while True:
        with waited_out(tell):
            return await work()
        await asyncio.sleep(pause)
