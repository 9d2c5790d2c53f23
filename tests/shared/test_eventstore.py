"""The event store against a real server: what every caller may rely on."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from shared.errors import CommitTooLarge, Conflict, IdempotencyConflict, Refused, Unavailable
from shared.eventstore import (
    Appended,
    Draft,
    EventStore,
    Head,
    VersionConflict,
    WrongNumberOfLogs,
    open_store,
    snapshots,
    verify_log,
)
from shared.eventstore import writer as writing
from shared.eventstore.snapshots import load_state
from shared.eventstore.writer import read_head
from shared.execute import Context, execute, text_of
from shared.mongo import Database, connect, durable
from shared.testing import event
from tests.shared.counting import COUNTER, Add, Counted, Total


@pytest.fixture
async def store(database: Database) -> EventStore:
    return await open_store(database, "test", 4)


def context(key: str, actor: str = "someone") -> Context:
    return Context(actor=actor, key=key, correlation=f"c-{key}")


def draft(id: str, stream: str = "thing-1", expected: int = 0, fingerprint: str = "f", size: int = 10) -> Draft:
    return Draft(id, stream, expected, ("test.counted.v1",), ("x" * size,), fingerprint)


async def proved(store: EventStore) -> tuple[int, int]:
    """Commits and events in all logs, each proved."""
    reports = [await verify_log(store, log) for log in store.log_names]
    assert [r.bad for r in reports] == [None] * store.logs
    return sum(r.n for r in reports), sum(r.events for r in reports)


async def test_a_command_is_carried_out_once(store: EventStore) -> None:
    """The same key answers with the same commit and adds nothing."""
    first = await execute(store, COUNTER, "thing-1", Add(by=2, times=3), context("k1"))
    again = await execute(store, COUNTER, "thing-1", Add(by=2, times=3), context("k1"))
    assert first.commit == again.commit
    assert (first.repeated, again.repeated) == (False, True)
    assert again.state == Total(total=6, facts=3)
    assert [e.sequence for e in again.events] == ["0000000001", "0000000002", "0000000003"]
    assert await proved(store) == (1, 3)


async def test_the_same_key_with_another_payload_is_refused(store: EventStore) -> None:
    await execute(store, COUNTER, "thing-1", Add(by=2), context("k1"))
    with pytest.raises(IdempotencyConflict):
        await execute(store, COUNTER, "thing-1", Add(by=3), context("k1"))


async def test_the_same_key_on_another_stream_or_by_another_actor_is_another_command(store: EventStore) -> None:
    one = await execute(store, COUNTER, "thing-1", Add(by=2), context("k1"))
    two = await execute(store, COUNTER, "thing-2", Add(by=2), context("k1"))
    three = await execute(store, COUNTER, "thing-1", Add(by=2), context("k1", actor="another"))
    assert len({o.commit.id for o in (one, two, three) if o.commit}) == 3


async def test_an_outdated_version_is_a_conflict_also_for_another_process(
    store: EventStore, database: Database
) -> None:
    """Told by the violated key, whether this process knew the stream's head or another wrote it."""
    other = await open_store(database, "test", 4)
    await store.append(draft("a"))
    for writer in (store, other):
        with pytest.raises(VersionConflict):
            await writer.append(draft("b"))
    assert (await other.append(draft("c", expected=1))).commit.n == 2


async def test_a_text_that_is_no_unicode_fails_alone(store: EventStore) -> None:
    broken = Draft("broken", "thing-1", 0, ("test.counted.v1",), ("\ud800",), "f")
    others = [store.append(draft(f"own-{i}", f"thing-{i}")) for i in range(2, 20)]
    failed, *landed = await asyncio.gather(store.append(broken), *others, return_exceptions=True)
    assert isinstance(failed, UnicodeEncodeError)
    assert all(isinstance(one, Appended) for one in landed)


async def test_of_two_payloads_under_one_id_one_is_refused_whoever_asks_where(
    store: EventStore, database: Database
) -> None:
    """Two processes, in the same millisecond: the chain's value is the same for both, the payload is not."""
    other = await open_store(database, "test", 4)
    for i in range(40):
        one, two = draft(f"id-{i}", f"thing-{i}", fingerprint="1"), draft(f"id-{i}", f"thing-{i}", fingerprint="2")
        answers = await asyncio.gather(store.append(one), other.append(two), return_exceptions=True)
        assert {type(answer) for answer in answers} == {Appended, IdempotencyConflict}


async def test_the_largest_commits_wait_together_and_land(store: EventStore) -> None:
    """What one command of the database may weigh is bytes, not characters; the driver does not share it out."""
    drafts = [
        Draft(f"id-{i}", f"thing-{i}", 0, ("test.counted.v1",), ("\U0001f600" * 230_000,), "f") for i in range(40)
    ]
    landed = await asyncio.gather(*(store.append(one) for one in drafts))
    assert len(landed) == 40


async def test_an_id_that_another_stream_has_is_refused_in_every_log_and_holds_up_no_one(store: EventStore) -> None:
    await store.append(draft("a"))
    streams = [f"thing-{i}" for i in range(2, 20)]
    assert {store.log_of(stream) for stream in streams} == set(store.log_names)
    for stream in streams:
        with pytest.raises(IdempotencyConflict):
            await store.append(draft("a", stream), timeout=5)
        await store.append(draft(f"own-{stream}", stream), timeout=5)


async def test_a_repeated_draft_gets_its_commit_from_any_process(store: EventStore, database: Database) -> None:
    other = await open_store(database, "test", 4)
    first = await store.append(draft("a"))
    for writer in (store, other):
        again = await writer.append(draft("a"))
        assert (again.commit, again.repeated) == (first.commit, True)
        with pytest.raises(IdempotencyConflict):
            await writer.append(draft("a", fingerprint="another"))


async def test_nothing_to_change_writes_nothing(store: EventStore) -> None:
    outcome = await execute(store, COUNTER, "thing-1", Add(by=0), context("k"))
    assert (outcome.commit, outcome.version) == (None, 0)


async def test_a_refusal_writes_nothing(store: EventStore) -> None:
    with pytest.raises(Refused, match=r"count\.limit"):
        await execute(store, COUNTER, "thing-1", Add(by=2_000_000), context("k"))
    assert await proved(store) == (0, 0)


async def test_a_commit_that_kafka_could_not_carry_is_refused(store: EventStore) -> None:
    with pytest.raises(CommitTooLarge, match="at most 950000"):
        await store.append(draft("a", size=950_001))


async def test_two_hundred_writers_on_few_streams_from_two_processes(store: EventStore, database: Database) -> None:
    """No lost or doubled commit, no gap, no broken chain; who lost all races is told so, and retries safely."""
    stores = [store, await open_store(database, "test", 4)]

    async def write(number: int) -> None:
        while True:
            try:
                order = Add(by=1, times=2)
                await execute(stores[number % 2], COUNTER, f"thing-{number % 8}", order, context(f"w{number}"))
                return
            except Conflict:
                await asyncio.sleep(0)

    await asyncio.gather(*(write(i) for i in range(200)))
    assert await proved(store) == (200, 400)


async def test_a_long_stream_loads_from_its_snapshot(store: EventStore) -> None:
    """An aggregate of 10,000 events: the load reads the snapshot and few commits, and equals the full fold."""
    for i in range(1_000):
        texts = tuple(text_of(event(Counted(by=1), 10 * i + j, stream="thing-1")) for j in range(1, 11))
        await store.append(Draft(f"c{i}", "thing-1", i, (Counted.type,) * 10, texts, "f"))
    whole = await execute(store, COUNTER, "thing-1", Add(by=1), context("first"))
    assert whole.state == Total(total=10_001, facts=10_001)
    started = time.perf_counter()
    outcome = await execute(store, COUNTER, "thing-1", Add(by=0), context("last"))
    print(f"loading 10,001 events took {(time.perf_counter() - started) * 1000:.1f} ms")
    snapshot = await store.snapshots.find_one({"_id": "thing-1"})
    assert snapshot is not None
    assert snapshot["version"] == whole.version == 1_001
    assert outcome.state == whole.state
    assert len((await load_state(store, COUNTER, "thing-1")).commits) == 1


async def test_a_snapshot_that_the_stream_does_not_bear_out_is_not_used(store: EventStore) -> None:
    for i in range(201):
        await execute(store, COUNTER, "thing-1", Add(by=1), context(f"k{i}"))
    await store.snapshots.update_one({"_id": "thing-1"}, {"$set": {"hash": "0" * 64, "state": '{"total": 7}'}})
    outcome = await execute(store, COUNTER, "thing-1", Add(by=0), context("last"))
    assert outcome.state == Total(total=201, facts=201)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"$set": {"events": ["tampered"]}}, "the hash does not fit"),
        ({"$set": {"recorded": None}}, "recorded"),
        ({"$set": {"version": 9}}, "does not follow"),
        ({"$set": {"n": 99}}, "position 3 is missing"),
    ],
)
async def test_verify_names_the_first_bad_commit(store: EventStore, change: dict[str, object], reason: str) -> None:
    first = None
    for i in range(5):
        outcome = await execute(store, COUNTER, "thing-1", Add(by=1), context(f"k{i}"))
        first = first or outcome.commit
    assert first is not None
    if reason == "recorded":
        change = {"$set": {"recorded": first.recorded.replace(year=2000)}}
    await store.commits.update_one({"log": store.log_of("thing-1"), "n": 3}, change)
    report = await verify_log(store, store.log_of("thing-1"))
    assert report.bad is not None
    assert reason in report.bad
    assert report.n == 2


async def test_the_number_of_logs_is_fixed_by_the_first_start(database: Database) -> None:
    await open_store(database, "test", 4)
    with pytest.raises(WrongNumberOfLogs, match="TRAMA_LOGS=4"):
        await open_store(database, "test", 5)


async def test_a_command_that_another_replica_carried_out_meanwhile_gets_the_streams_own_state(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client's retry on another replica, and another order in between: neither answer nor snapshot is a guess."""
    monkeypatch.setattr(snapshots, "EVERY", 10)
    monkeypatch.setattr(snapshots, "SHORT", 5)
    one, two = await open_store(database, "test", 1), await open_store(database, "test", 1)
    for i in range(9):
        await execute(one, COUNTER, "thing-1", Add(by=1), context(f"k{i}"))
    append = one.append

    async def overtaken(draft: Draft, timeout: float = 10) -> Appended:
        monkeypatch.setattr(one, "append", append)
        await execute(two, COUNTER, "thing-1", Add(by=100), context("other"))
        await execute(two, COUNTER, "thing-1", Add(by=1), context("same"))
        return await append(draft, timeout)

    monkeypatch.setattr(one, "append", overtaken)
    outcome = await execute(one, COUNTER, "thing-1", Add(by=1), context("same"))
    assert (outcome.repeated, outcome.version, outcome.state) == (True, 11, Total(total=110, facts=11))
    loaded = await load_state(await open_store(database, "test", 1), COUNTER, "thing-1")
    assert (loaded.state, loaded.sequence, loaded.version) == (Total(total=110, facts=11), 11, 11)


async def test_what_was_told_as_not_recorded_is_not_recorded_later(
    store: EventStore, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log's end can't be read in time; when it can, nobody waits any more."""
    answers = asyncio.Event()

    async def slowly(*arguments: Any) -> Head:
        await answers.wait()
        return await read_head(*arguments)

    monkeypatch.setattr(writing, "read_head", slowly)
    with pytest.raises(Unavailable, match="this try recorded nothing"):
        await store.append(draft("c1"), timeout=0.2)
    answers.set()
    assert (await store.append(draft("c2"))).commit.n == 1
    assert await database["commits"].distinct("_id") == ["c2"]


async def test_a_store_closes_although_the_database_is_away() -> None:
    """Once every caller has its answer, nothing is left to wait for."""
    client = connect("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", "away")
    database = durable(client, "away")
    store = EventStore("away", database["commits"], database["snapshots"], 1)
    with pytest.raises(Unavailable):
        await store.append(draft("c1"), timeout=0.5)
    async with asyncio.timeout(60):
        await store.close()
    client.close()
