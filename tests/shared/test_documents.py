"""Projections kept as documents: the same bytes wherever batches are cut, and one read and one write per batch."""

from __future__ import annotations

import random
from typing import Any

import pytest
from bson.raw_bson import RawBSONDocument

from shared.contracts.base import Recorded
from shared.documents import apply_to
from shared.mongo import Client, Database
from shared.parking import parked_list
from shared.projection import Document, Projection
from shared.subscribe import Subscription
from tests.shared.counting import Counted
from tests.shared.feeding import Message, batches, fill, log_of


def _sum(document: Document | None, event: Recorded) -> Document | None:
    """The last event first, so that a field's place would show a difference; every fourth one removes the document."""
    assert isinstance(event.fact, Counted)
    if int(event.event.sequence) % 4 == 0:
        return None
    before = document or {"facts": 0, "seen": []}
    return {"last": event.event.id, **before, "facts": before["facts"] + event.fact.by, "seen": [event.n]}


def _parity(event: Recorded) -> str | None:
    return None if event.n % 5 == 0 else ("even" if event.n % 2 == 0 else "odd")


SUMS = Projection("sums", _sum)
PARITY = Projection("parity", lambda document, event: {"n": (document or {"n": 0})["n"] + 1}, _parity)


@pytest.fixture
async def log(database: Database) -> list[Message]:
    return await log_of(await fill(database, 60))


async def bytes_of(database: Database, collection: str) -> dict[str, bytes]:
    """What is stored, byte for byte."""
    options: Any = database.codec_options.with_options(document_class=RawBSONDocument)
    raw = database[collection].with_options(codec_options=options)
    return {document["_id"]: document.raw async for document in raw.find()}


async def test_the_same_bytes_wherever_batches_are_cut(client: Client, database: Database, log: list[Message]) -> None:
    ends = []
    for seed in range(4):
        dice = random.Random(seed)
        where = client.get_database(f"{database.name}_{seed}")
        subscription = Subscription("sums", client, where, apply=apply_to(where, [SUMS, PARITY]))
        for batch in [log] if seed == 0 else batches(log, dice):
            await subscription.take(batch)
        ends.append((await bytes_of(where, "sums"), await bytes_of(where, "parity")))
        await client.drop_database(where.name)
    assert ends[0][0]
    assert all(end == ends[0] for end in ends)


async def test_documents_go_when_the_projection_says_so(client: Client, database: Database, log: list[Message]) -> None:
    subscription = Subscription("sums", client, database, apply=apply_to(database, [SUMS]))
    removed = next(i for i, m in enumerate(log) if b'"sequence":"0000000004"' in m.value)
    await subscription.take(log[:removed])
    assert await database["sums"].find_one({"_id": log[removed].stream})
    await subscription.take(log[: removed + 1])
    assert await database["sums"].find_one({"_id": log[removed].stream}) is None


async def test_events_without_a_key_are_passed_over(client: Client, database: Database, log: list[Message]) -> None:
    subscription = Subscription("parity", client, database, apply=apply_to(database, [PARITY]))
    await subscription.take(log)
    counted = {document["_id"]: document["n"] async for document in database["parity"].find()}
    assert counted == {
        "odd": sum(m.place[0] % 2 == 1 and m.place[0] % 5 != 0 for m in log),
        "even": sum(m.place[0] % 2 == 0 and m.place[0] % 5 != 0 for m in log),
    }


async def test_what_cannot_be_stored_is_the_events_own_fault(
    client: Client, database: Database, log: list[Message]
) -> None:
    """No JSON-like value, a document that calls itself something else, one that the database refuses."""
    await database["unique"].create_index("same", unique=True)
    odd: dict[str, Document] = {
        "values": {"value": object()},
        "names": {"_id": "another"},
        "unique": {"same": 1},
    }
    for name, document in odd.items():
        projection = Projection(name, lambda _, event, d=document: dict(d))  # type: ignore[misc]
        subscription = Subscription(name, client, database, apply=apply_to(database, [projection]))
        await subscription.take(log[:20])
        assert (await subscription.position("test-0")).n > 0
        parked = [e for e in await parked_list(database, name) if e.status == "parked"]
        streams = {message.stream for message in log[:20]}
        assert len(parked) == len(streams) - (name == "unique")


@pytest.mark.parametrize("size", [16 * 1024 * 1024, 17_000_000], ids=["the server refuses it", "the driver refuses it"])
async def test_a_document_that_has_grown_too_large_is_the_events_own_fault(
    client: Client, database: Database, log: list[Message], size: int
) -> None:
    """Its stream waits for an operator; the rest of the log goes on."""
    large = log[1].stream

    def grow(document: Document | None, event: Recorded) -> Document:
        return {"text": "x" * size} if event.stream == large else {"n": event.n}

    subscription = Subscription("grown", client, database, apply=apply_to(database, [Projection("grown", grow)]))
    await subscription.take(log[:8])
    assert {entry.stream for entry in await parked_list(database, "grown")} == {large}
    kept = await database["grown"].distinct("_id")
    assert set(kept) == {message.stream for message in log[:8]} - {large}


def test_a_subscription_is_either_a_projection_or_a_reaction(client: Client, database: Database) -> None:
    with pytest.raises(TypeError, match="either apply or react"):
        Subscription("neither", client, database)
