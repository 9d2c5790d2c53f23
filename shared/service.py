"""A service as its rooms know it: its store, what it follows on Kafka, its database, its checks.

`shared.lifecycle` brings it up and stops it. HTTP is there from the first moment; readiness says when all is up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import Depends, Request

from shared import logs, topics
from shared.consume import Consumer
from shared.contracts.base import Fact, Recorded
from shared.decider import Command, Decider
from shared.documents import Apply, apply_to
from shared.errors import Unavailable
from shared.eventstore import EventStore
from shared.eventstore.snapshots import load_state
from shared.execute import Context, Outcome, execute
from shared.history import history, recorded
from shared.http import Check
from shared.mongo import Client, Database, Session, clock_offset, connect, durable, patiently
from shared.projection import Document, Projection, of_all
from shared.proving import Model, Told, prove_from_store, prove_from_topic
from shared.relay import Relay
from shared.roles import Caller
from shared.settings import ServiceSettings
from shared.subscribe import React, Subscription

log = structlog.get_logger(__name__)
C = TypeVar("C", bound=Command)
S = TypeVar("S")
Work = Callable[[], Awaitable[None]]
TOLD = 50
"""How many requests a line about a batch names at most."""
MAX_CLOCK_OFFSET = 1.0
"""Seconds that the clock may differ from the database's; more is an alarm."""


@dataclass
class Service:
    """What `app.py` wires. `topic` is where the service's own events go; None for one that records nothing itself.

    `at_start` is done once the store is open, before anything is consumed; `tasks` run beside the rest until the
    process ends; none of them may return. `provers` compare read models with what they were made from: one for each
    subscription with projections is there by itself.
    """

    settings: ServiceSettings
    topic: str | None
    at_start: list[Work] = field(default_factory=list)
    tasks: list[Work] = field(default_factory=list)
    rebuilders: dict[str, Callable[..., Awaitable[Any]]] = field(default_factory=dict)
    provers: dict[str, Callable[[Told], Awaitable[Any]]] = field(default_factory=dict)
    consumers: list[Consumer] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)
    checks: dict[str, Check] = field(default_factory=dict)
    failed: bool = False
    awaited: set[str] = field(default_factory=set)
    """Topics of other services that are not there yet."""
    opened: EventStore | None = None
    _client: Client | None = None
    up: bool = False

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
        if self.opened is None:
            raise Unavailable(f"{self.name} is still starting; nothing was recorded")
        return self.opened

    def follow(
        self, topic: str, name: str, *, project: Sequence[Projection] = (), apply: Apply | None = None,
        react: React | None = None, to: Collection[type[Fact]] | None = None,
    ) -> None:  # fmt: skip
        """Follow `topic` as the subscription `name`: with projections, an own `apply`, or a reaction `to` facts."""
        if project:
            apply = apply_to(self.database, project)
            model = Model(name, self.client, self.database, project)
            self.provers[name] = lambda told: self._prove(model, topic, told)
        if apply is not None:
            apply = _telling(name, apply)
        of = of_all(project) if project else to
        subscription = Subscription(name, self.client, self.database, apply=apply, react=react, of=of)
        self.consumers.append(Consumer(subscription, topic, topics.source(topic)))

    async def _prove(self, model: Model, topic: str, told: Told) -> dict[str, Any]:
        if topic == self.topic:
            return await prove_from_store(model, self.store, told)
        return await prove_from_topic(model, self.settings.kafka, topic, told)

    async def order(self, decider: Decider[C, S], stream: str, command: C, caller: Caller, key: str) -> Outcome[S]:
        """Carry out the order of an HTTP caller, under the request's correlation id."""
        context = Context(caller.subject, key, logs.correlation_id.get() or key, logs.traceparent.get())
        return await execute(self.store, decider, stream, command, context)

    async def react(self, decider: Decider[C, S], stream: str, command: C, cause: Recorded, purpose: str) -> Outcome[S]:
        """Carry out an order that follows from someone's event; repeating it is harmless."""
        context = Context.because(cause, self.name, purpose)
        with logs.bound(context.correlation, context.traceparent, context.actor):
            outcome = await execute(self.store, decider, stream, command, context)
            log.info("reacted", cause=cause.event.id, to=cause.event.type, stream=stream, order=type(command).__name__)
        return outcome

    async def state(self, decider: Decider[C, S], stream: str) -> S:
        """The stream's state as it is now."""
        return (await load_state(self.store, decider, stream)).state

    async def kept_document(self, projection: Projection, stream: str) -> Document | None:
        """As `document`, but begun at the read model, which must keep the stream's `version`.

        So a long stream is not folded anew for each reader; one's own writes are in it all the same.
        """
        known = await patiently(lambda: self.database[projection.collection].find_one({"_id": stream}))
        commits = await self.store.load(stream, known["version"] if known else 0)
        return projection.fold(stream, known, [event for commit in commits for event in recorded(commit)])

    async def document(self, projection: Projection, stream: str) -> Document | None:
        """The document that `projection` makes of the stream as it is now: one's own writes are in it."""
        return projection.fold(stream, None, await history(self.store, stream))

    async def _is_up(self) -> None:
        if self.awaited:
            raise Unavailable(f"{self.name} awaits {', '.join(sorted(self.awaited))}: start the services that write it")
        if not self.up:
            raise Unavailable(f"{self.name} is still starting")
        if found := [f"{c.subscription.name} in {name}" for c in self.consumers for name in c.open]:
            raise Unavailable(f"{self.name} has not yet looked where it stands: {', '.join(found)}")

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


def _telling(name: str, apply: Apply) -> Apply:
    """`apply`, and a log line for each batch: whose requests it has carried into the read model."""

    async def work(session: Session, events: Sequence[Recorded]) -> None:
        await apply(session, events)
        requests = list(dict.fromkeys(event.event.correlationid for event in events))
        log.info("projected", subscription=name, events=len(events), correlation_ids=requests[:TOLD])

    return work


def here(request: Request) -> Service:
    """A dependency: the service that the request came to."""
    service: Service = request.app.state.service
    return service


Here = Annotated[Service, Depends(here)]
