"""An event that fails by itself is parked with its stream; everything else goes on, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.contracts import registry
from shared.errors import IdempotencyConflict, Refused, Unavailable
from shared.eventstore.commit import link
from shared.foreign import park_foreign
from shared.mongo import Client, Database
from shared.parking import counts, forget, parked_list, parked_one, skipped_places
from shared.parking_orders import request_retry, request_skip
from shared.position import Overtaken
from shared.redrive import redrive
from shared.wire import Stamp, stamp_of
from tests.shared.feeding import Message, Tally, append_as, batches, expected, fill, log_of


@pytest.fixture
async def log(database: Database) -> list[Message]:
    """A log of 60 commits, 119 events, on seven streams."""
    return await log_of(await fill(database, 60))


@pytest.fixture
def tally(client: Client, database: Database) -> Tally:
    return Tally(client, database)


def of_stream(log: Sequence[Message], stream: str) -> list[tuple[int, int]]:
    return [message.place for message in log if message.stream == stream]


async def test_a_failing_event_parks_its_stream_and_others_go_on(tally: Tally, log: list[Message]) -> None:
    first, *later = of_stream(log, "thing-3")
    tally.poison = {first}
    await tally.take(log[:50])
    await tally.take(log[50:])
    seen, whole = await tally.seen(), expected(log)
    assert seen == {stream: places for stream, places in whole.items() if stream != "thing-3"}
    assert await tally.kept("parked") == [f"test-0:{first[0]}.{first[1]}"]
    assert await tally.kept("waiting") == [f"test-0:{n}.{i}" for n, i in later]


async def test_only_the_failing_event_and_those_behind_it_are_held(tally: Tally, log: list[Message]) -> None:
    places = of_stream(log, "thing-3")
    tally.poison = {places[2]}
    await tally.take(log)
    assert (await tally.seen())["thing-3"] == [f"test-0:{n}.{i}" for n, i in places[:2]]
    assert len(await tally.kept("waiting")) == len(places) - 3


async def test_a_retry_goes_on_in_order_until_one_fails_again(tally: Tally, log: list[Message]) -> None:
    places = of_stream(log, "thing-3")
    tally.poison = {places[0], places[3]}
    await tally.take(log)
    [first] = await parked_list(tally.database, "tally", limit=1)
    [parked] = [e for e in await parked_list(tally.database) if e.status == "parked"]
    assert "cannot digest" in (parked.error or "")
    assert parked.attempts == 3
    await tally.retry(parked.id)
    again = await parked_one(tally.database, parked.id)
    assert (again.attempts, again.request) == (4, None)
    tally.poison = {places[3]}
    await tally.retry(parked.id)
    assert (await tally.seen())["thing-3"] == [f"test-0:{n}.{i}" for n, i in places[:3]]
    [parked] = [e for e in await parked_list(tally.database) if e.status == "parked"]
    assert (parked.n, parked.index) == places[3]
    tally.poison = set()
    await tally.retry(parked.id)
    assert await tally.seen() == expected(log)
    assert await parked_list(tally.database) == []
    assert first.text is None


async def test_a_stream_that_was_drained_takes_new_events_at_once(tally: Tally, log: list[Message]) -> None:
    tally.poison = {log[0].place}
    await tally.take(log[:60])
    tally.poison = set()
    [parked] = [e for e in await parked_list(tally.database) if e.status == "parked"]
    await tally.retry(parked.id)
    await tally.take(log[60:])
    assert await tally.seen() == expected(log)


async def test_a_skip_needs_a_reason_is_recorded_and_a_rebuild_leaves_it_out(tally: Tally, log: list[Message]) -> None:
    place = of_stream(log, "thing-3")[1]
    tally.poison = {place}
    await tally.take(log)
    [parked] = [e for e in await parked_list(tally.database) if e.status == "parked"]
    with pytest.raises(Refused, match="reason"):
        await request_skip(tally.database, parked.id, " ", "ana")
    await request_skip(tally.database, parked.id, "typed twice", "ana")
    await redrive(tally.subscription, ["test-0"])
    assert await tally.seen() == expected(log, {place})
    [skipped] = await tally.database["skipped"].find().to_list(None)
    assert (skipped["reason"], skipped["by"], skipped["n"], skipped["index"]) == ("typed twice", "ana", *place)
    assert await skipped_places(tally.database, "tally", "test-0") == {place}
    [count] = await counts(tally.database)
    assert (count.parked, count.waiting, count.skipped) == (0, 0, 1)
    live = await tally.seen()
    await tally.database[tally.projection.collection].drop()
    await forget(tally.client, tally.database, "tally")
    tally.restart()
    for batch in batches(log, random.Random(1)):
        await tally.take(batch)
    assert await tally.seen() == live


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_skip_that_was_interrupted_goes_on(tally: Tally, log: list[Message], restarts: bool) -> None:
    """The skip itself is done, and with it the request; what waits behind it must not wait for ever."""
    first, second, *_ = of_stream(log, "thing-3")
    tally.poison = {first}
    await tally.take(log[:80])
    tally.outage = {second}
    [parked] = [e for e in await parked_list(tally.database) if e.status == "parked"]
    await request_skip(tally.database, parked.id, "typed twice", "ana")
    with pytest.raises(Unavailable):
        await redrive(tally.subscription, ["test-0"])
    if restarts:
        tally.restart()
    await tally.take(log[80:])
    [count] = await counts(tally.database)
    assert (count.parked, count.waiting, count.skipped) == (0, len(of_stream(log, "thing-3")) - 1, 1)
    await redrive(tally.subscription, ["test-0"])
    assert await tally.seen() == expected(log, {first})
    assert await parked_list(tally.database) == []


async def test_what_is_parked_stays_so_when_positions_are_lost(tally: Tally, log: list[Message]) -> None:
    """The log is read again: what came before it waits behind it too, until the stream goes on."""
    tally.poison = {of_stream(log, "thing-3")[1]}
    await tally.take(log)
    before = await parked_list(tally.database)
    await tally.database["positions"].drop()
    await tally.database[tally.projection.collection].drop()
    tally.restart()
    for batch in batches(log, random.Random(1)):
        await tally.take(batch)
    after = {entry.id: entry for entry in await parked_list(tally.database)}
    assert [after[entry.id] for entry in before] == before
    tally.poison = set()
    await redrive(tally.subscription, ["test-0"])
    assert await tally.seen() == expected(log)
    assert await parked_list(tally.database) == []


async def test_what_waits_behind_a_parked_event_is_left_alone(tally: Tally, log: list[Message]) -> None:
    """Nobody asked for anything: nothing is tried again."""
    tally.poison = {of_stream(log, "thing-3")[1]}
    await tally.take(log)
    before = await parked_list(tally.database)
    tally.poison = set()
    await redrive(tally.subscription, ["test-0"])
    assert await parked_list(tally.database) == before


async def test_what_waits_can_be_neither_retried_nor_skipped(tally: Tally, log: list[Message]) -> None:
    tally.poison = {log[0].place}
    await tally.take(log)
    waiting = next(e for e in await parked_list(tally.database) if e.status == "waiting")
    with pytest.raises(Refused, match="waits behind"):
        await request_retry(tally.database, waiting.id, "ana")
    with pytest.raises(Refused, match="waits behind"):
        await request_skip(tally.database, waiting.id, "because", "ana")
    with pytest.raises(LookupError):
        await request_retry(tally.database, "tally:test-0:999:0", "ana")
    entry = await parked_one(tally.database, waiting.id)
    assert entry.text is not None
    assert entry.text.startswith('{"specversion"')


async def test_an_order_said_again_is_the_same_one_until_it_is_done_and_after(tally: Tally, log: list[Message]) -> None:
    """The same key for another order, and another order while one is pending, change nothing."""
    database, place = tally.database, of_stream(log, "thing-3")[1]
    tally.poison = {place}
    await tally.take(log)
    [name] = [e.id for e in await parked_list(database) if e.status == "parked"]
    await request_retry(database, name, "ana", "key-1")
    first = await parked_one(database, name)
    assert (await request_retry(database, name, "ana", "key-1")).request == (await parked_one(database, name)).request
    with pytest.raises(IdempotencyConflict):
        await request_skip(database, name, "typed twice", "ana", "key-1")
    for by, key in (("ana", "key-2"), ("bea", "key-1")):
        with pytest.raises(Refused, match="already"):
            await request_skip(database, name, "typed twice", by, key)
    assert (await parked_one(database, name)).request == first.request
    await redrive(tally.subscription, ["test-0"])
    assert (await request_retry(database, name, "ana", "key-1")).request is None
    await request_skip(database, name, "typed twice", "ana", "key-3")
    await redrive(tally.subscription, ["test-0"])
    done = await request_skip(database, name, "typed twice", "ana", "key-3")
    assert (done.status, done.request and done.request.reason) == ("skipped", "typed twice")
    with pytest.raises(IdempotencyConflict):
        await request_skip(database, name, "another reason", "ana", "key-3")
    with pytest.raises(LookupError):
        await request_skip(database, name, "typed twice", "ana", "key-4")


async def test_the_list_goes_on_where_a_page_ended(tally: Tally, log: list[Message]) -> None:
    tally.poison = {log[0].place}
    await tally.take(log)
    one = await parked_list(tally.database, "tally", limit=5)
    two = await parked_list(tally.database, "tally", limit=1000, after=one[-1].id)
    assert [e.id for e in one + two] == sorted([e["_id"] async for e in tally.database["parked"].find()])


@pytest.mark.parametrize("seed", range(4))
async def test_the_end_is_the_same_wherever_batches_are_cut_and_owners_change(
    client: Client, database: Database, log: list[Message], seed: int
) -> None:
    """Poison here and there, retries in between, restarts, repeated batches: each event counts once, in order."""
    dice = random.Random(seed)
    tally = Tally(client, database, f"tally{seed}", set(dice.sample([m.place for m in log], 5)))
    for batch in batches(log, dice):
        if dice.random() < 0.3:
            tally.restart()
        await tally.take(batch)
        if tally.poison and dice.random() < 0.3:
            tally.poison.remove(dice.choice(sorted(tally.poison)))
        for entry in await parked_list(database, tally.name):
            if entry.status == "parked" and dice.random() < 0.5:
                await tally.retry(entry.id)
    tally.poison = set()
    for entry in await parked_list(database, tally.name):
        if entry.status == "parked":
            await tally.retry(entry.id)
    assert await tally.seen() == expected(log)
    assert await parked_list(database, tally.name) == []


async def test_a_former_owner_cannot_drain_nor_take(tally: Tally, client: Client, log: list[Message]) -> None:
    """Draining moves the position's guard: who did not see it must not believe that the stream is still parked."""
    tally.poison = {log[0].place}
    other = Tally(client, tally.database)
    await tally.take(log[:60])
    await other.take(log[:60])
    tally.poison = set()
    [parked] = [e for e in await parked_list(tally.database) if e.status == "parked"]
    await tally.retry(parked.id)
    with pytest.raises(Overtaken):
        await other.take(log[60:])
    await other.take(log[60:])
    assert await tally.seen() == expected(log)


async def test_of_two_that_drain_at_the_same_time_one_wins(tally: Tally, client: Client, log: list[Message]) -> None:
    tally.poison = {log[0].place}
    other = Tally(client, tally.database)
    await tally.take(log)
    await other.take(log)
    tally.poison = set()
    [parked] = [e for e in await parked_list(tally.database) if e.status == "parked"]
    await request_retry(tally.database, parked.id, "ana")
    both = (redrive(t.subscription, ["test-0"]) for t in (tally, other))
    results = await asyncio.gather(*both, return_exceptions=True)
    assert all(r is None or isinstance(r, Overtaken) for r in results)
    for t in (tally, other):
        await redrive(t.subscription, ["test-0"])
    assert await tally.seen() == expected(log)


async def test_an_event_that_cannot_be_read_is_parked(tally: Tally, database: Database, log: list[Message]) -> None:
    """Proved by the chain, but its data lacks what its type needs: this release cannot decode it."""
    stamp = stamp_of(log[10])
    text = log[10].value.replace(b'"by":1', b'"of":1')
    headers = dict(log[10].headers)
    before = stamp_of(log[9]).hash
    fixed = replace(stamp, hash=_hash(before, stamp, log[10].stream, text.decode()))
    headers["hash"] = fixed.hash.encode()
    bad = Message(log[10].key, text, tuple(headers.items()))
    await tally.take([*log[:10], bad])
    assert await tally.seen() == expected(log[:10])
    [parked] = await parked_list(database)
    assert (parked.status, parked.n, parked.index) == ("parked", *stamp.place)
    assert "ValidationError" in (parked.error or "")


async def test_a_newer_version_waits_for_the_release_that_knows_it(
    tally: Tally, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passed over, its figure would be missing for good; a name that nobody here knows is no figure of this release."""
    store = await fill(database, 20)
    for name in ("test.counted.v2", "test.counted.v1", "test.renamed.v1"):
        await append_as(store, "thing-3", name)
    await append_as(store, "thing-4", "test.renamed.v1")
    log = await log_of(store)
    await tally.take(log)
    [parked] = [e for e in await parked_list(database) if e.status == "parked"]
    assert parked.type == "test.counted.v2"
    assert "UnknownVersion: test.counted.v2 is of a newer release" in (parked.error or "")
    newer = log[-4:-1]
    assert await tally.kept("waiting") == [f"test-0:{m.place[0]}.0" for m in newer[1:]]
    assert await tally.seen() == expected(log, {m.place for m in newer})
    await redrive(tally.subscription, ["test-0"])  # by a process of the older release: it leaves it
    assert (await parked_one(database, parked.id)).attempts == 3
    monkeypatch.setitem(registry._UPCASTERS, "test.counted.v2", ("test.counted.v1", lambda data: data))
    tally.restart()
    await redrive(tally.subscription, ["test-0"])
    assert await tally.seen() == expected(log)
    assert await parked_list(database) == []


def _hash(previous: str, at: Stamp, stream: str, text: str) -> str:
    return link(previous, at.log, at.n, at.index, at.count, stream, at.version, at.command, at.recorded, text)


async def test_a_foreign_message_is_known_by_its_content_too(tally: Tally) -> None:
    """A topic that was deleted and made again begins anew: what stands at the same offset may be another message."""
    first = Message(b"k", b"first", [], offset=5)
    others = [replace(first, value=b"another"), replace(first, headers=[("h", b"1")]), replace(first, key=b"l")]
    for message in (first, first, *others, *others):
        await park_foreign(tally.subscription, "test-0", message, "no event")
    found = await tally.database["parked"].find({}).to_list()
    told = [(b"k", b"another"), (b"k", b"first"), (b"k", b"first"), (b"l", b"first")]
    assert sorted((entry["key"], entry["value"]) for entry in found) == told
