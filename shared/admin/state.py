"""How things stand now: each log's end in the store and in its topic, and how far each subscription has come."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel

from shared.admin.tails import Tail, read_tails
from shared.eventstore import EventStore
from shared.http import allow
from shared.mongo import patiently
from shared.parking import Count, counts
from shared.position import Position, read_position
from shared.replay import partitions
from shared.roles import Caller
from shared.service import Here

router = APIRouter()


class TopicTail(BaseModel):
    """The last event of a log in its topic; `records` counts the partition's records, repeated ones included."""

    n: int
    index: int
    count: int
    hash: str
    records: int


class LogState(BaseModel):
    """A log's durable end. `tail` None: the topic holds none of its events, or the log has no topic."""

    log: str
    n: int
    hash: str
    events: int | None
    recorded: datetime
    topic: str | None
    tail: TopicTail | None


class Logs(BaseModel):
    """All logs of a service."""

    service: str
    items: list[LogState]


class PositionState(BaseModel):
    """How far a subscription has come in a log, and how many of its events it holds back or left out.

    Messages that are no events are told apart: `malformed` are parked, `malformed_skipped` were left out.
    `alarm` says why this replica stopped reading the log, if it did.
    """

    subscription: str
    topic: str
    log: str
    n: int
    index: int
    count: int
    hash: str
    parked: int
    waiting: int
    skipped: int
    malformed: int
    malformed_skipped: int
    alarm: str | None


class Positions(BaseModel):
    """All positions of a service."""

    service: str
    items: list[PositionState]


@router.get("/logs", operation_id="list_logs", summary="Where each log ends, in the store and in its topic")
async def logs(here: Here, caller: Annotated[Caller, allow("reconcile.read")], events: bool = False) -> Logs:
    """Each log's end as the store has it, and the topic's end as Kafka has it now.

    `events=true` counts each log's events too, which reads the whole store once.
    """
    store = here.store
    counts = await count_events(store) if events else None
    heads = [await store.head(name) for name in store.log_names]
    tails: list[Tail | None] = [None] * store.logs
    if here.topic is not None:  # after the heads: what is published meanwhile is then never told as missing
        tails = await read_tails(here.settings.kafka, here.topic, store.log_names)
    items = [
        LogState(
            log=name, n=head.n, hash=head.hash, recorded=head.recorded, topic=here.topic, tail=_tail(tail),
            events=None if counts is None else counts.get(name, 0),
        )
        for name, head, tail in zip(store.log_names, heads, tails, strict=True)
    ]  # fmt: skip
    return Logs(service=here.name, items=items)


def _tail(tail: Tail | None) -> TopicTail | None:
    if tail is None or (place := tail.place) is None:
        return None
    return TopicTail(n=place.n, index=place.index, count=place.count, hash=place.hash, records=tail.records)


async def count_events(store: EventStore) -> dict[str, int]:
    """How many events each log of the store holds."""
    count: list[dict[str, Any]] = [{"$group": {"_id": "$log", "events": {"$sum": {"$size": "$types"}}}}]
    found = await patiently(lambda: store.commits.aggregate(count).to_list(None))
    return {group["_id"]: group["events"] for group in found}


@router.get("/positions", operation_id="list_positions", summary="How far each subscription has come in each log")
async def positions(here: Here, caller: Annotated[Caller, allow("reconcile.read")]) -> Positions:
    """Of every log that the service follows, those too of which nothing has come yet."""
    parts = await partitions(here.settings.kafka, sorted({c.topic for c in here.consumers}))
    held = {(count.subscription, count.log): count for count in await counts(here.database)}
    items = []
    for consumer in here.consumers:
        name = consumer.subscription.name
        for log in (f"{consumer.source}-{number}" for number in range(parts[consumer.topic])):
            at = await patiently(lambda s=name, of=log: read_position(here.database, s, of))  # type: ignore[misc]
            count = held.get((name, log), Count(subscription=name, log=log))
            items.append(_position(consumer.topic, at, count, consumer.alarms.get(log)))
    return Positions(service=here.name, items=items)


def _position(topic: str, at: Position, count: Count, alarm: str | None) -> PositionState:
    place = {"n": at.n, "index": at.index, "count": at.count, "hash": at.hash}
    return PositionState(topic=topic, alarm=alarm, **place, **count.model_dump())
