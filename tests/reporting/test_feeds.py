"""Rows to headquarters: numbered, rising, and gone when their key is; on a real database and a real Kafka."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.reporting import changes, feeds
from services.reporting.model import current, prepare
from services.reporting.rebuild import rebuild
from services.reporting.rows import CLUSTERS, COUNTRIES, _content
from services.reporting.streams import Emitter
from shared.contracts.registry import decode
from shared.contracts.reporting import ClusterReported
from shared.mongo import Client, Database
from shared.topics import apply
from tests.reporting.applying import deliver, hand_over, story
from tests.running import until
from tests.topics import remove

PARANA, PARA = "br-pr--madera", "br-pa-paragominas--madera"
Records = list[tuple[str, dict[str, Any] | None]]


async def test_a_row_changes_when_its_figures_do_and_at_no_other_time(client: Client, database: Database) -> None:
    record = story()
    await deliver(client, database, record, random.Random(1))
    await feeds.prepare(database)
    assert await feeds.refresh(client, database, COUNTRIES) == 5
    assert await feeds.refresh(client, database, COUNTRIES) == 0
    await rebuild(client, database, lambda done, total: None)
    assert await feeds.refresh(client, database, COUNTRIES) == 0
    rows = await feeds.changed_rows(database, "countries", 0, {}, 100)
    assert [(row["seq"], row["revision"]) for row in rows] == [(i, 1) for i in range(1, 6)]
    assert all(row["basis"][0] == 2 for row in rows)


async def test_rows_of_many_at_once_are_written_once(client: Client, database: Database) -> None:
    await deliver(client, database, story(), random.Random(1))
    await feeds.prepare(database)
    changed = await asyncio.gather(*(feeds.refresh(client, database, CLUSTERS) for _ in range(4)))
    rows = await feeds.changed_rows(database, "clusters", 0, {}, 100)
    assert sum(changed) == len(rows) == (await feeds.state(database, "clusters"))["seq"]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))


@pytest.fixture
async def topics(kafka_servers: str) -> AsyncIterator[str]:
    names = [COUNTRIES.topic, CLUSTERS.topic]
    await apply(kafka_servers, names, 1)
    yield kafka_servers
    await remove(kafka_servers, names)


@asynccontextmanager
async def emitting(client: Client, database: Database, servers: str) -> AsyncIterator[Emitter]:
    emitter = Emitter(client, database, CLUSTERS, servers)
    tasks = {asyncio.create_task(emitter.run()), asyncio.create_task(changes.watch(database, [emitter.note]))}
    try:
        yield emitter
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def published(database: Database) -> bool:
    state = await feeds.state(database, "clusters")
    found: bool = 0 < state["seq"] == state["published"]
    return found


async def records(servers: str) -> Records:
    """All that was committed to the topic of the clusters, in order.

    A transaction that its producer knows to be committed may still be open to readers for a moment: a reader of what is
    committed is told an end before it. So the end is that of all records, and each of them is waited for.
    """
    found: Records = []
    partition = TopicPartition(CLUSTERS.topic, 0)
    async with AIOKafkaConsumer(bootstrap_servers=servers) as all_records:
        end = (await all_records.end_offsets([partition]))[partition]
    async with AIOKafkaConsumer(
        bootstrap_servers=servers, auto_offset_reset="earliest", isolation_level="read_committed"
    ) as consumer:
        consumer.assign([partition])
        while await consumer.position(partition) < end:
            for message in (await consumer.getmany(partition, timeout_ms=200)).get(partition, []):
                found.append((message.key.decode(), json.loads(message.value) if message.value else None))
    return found


async def test_clusters_are_published_in_order_and_one_that_is_gone_gets_a_tombstone(
    client: Client, database: Database, topics: str
) -> None:
    record = story()
    await prepare(database)
    await feeds.prepare(database)
    async with emitting(client, database, topics):
        for i, event in enumerate(record.events):
            await hand_over(client, database, [event])
            if i == 6:

                async def begun() -> bool:
                    return bool(await feeds.changed_rows(database, "clusters", 0, {"key": PARANA}, 1))

                await until(begun)

        async def settled() -> bool:  # two keys that change together may be noticed one after the other
            return await feeds.refresh(client, database, CLUSTERS) == 0 and await published(database)

        await until(settled)

        async def gone() -> bool:
            rows = await feeds.changed_rows(database, "clusters", 0, {"key": PARANA}, 1)
            return rows[0]["text"] is None and await published(database)

        await until(gone)
    found = await records(topics)
    latest: dict[str, dict[str, Any] | None] = {}
    for key, value in found:
        before = latest.get(key)
        if value is not None and before is not None:
            assert value["data"]["revision"] > before["data"]["revision"]
        latest[key] = value
    assert latest[PARANA] is None
    para = latest[PARA]
    assert para is not None
    told = decode(json.dumps(para))
    assert isinstance(told.data, ClusterReported)
    assert (told.data.place, told.subject, int(told.sequence)) == ("Paragominas", PARA, told.data.revision)
    assert {f.name: (str(f.value), f.shared_by) for f in told.data.figures}["fund_amount"] == ("2075000", 3)
    rows = await feeds.changed_rows(database, "clusters", 0, {}, 100)
    assert {row["key"]: row["text"] and json.loads(row["text"]) for row in rows} == latest


async def test_another_emitter_goes_on_where_the_first_one_ended_and_publishes_nothing_twice(
    client: Client, database: Database, topics: str
) -> None:
    record = story()
    [events, *_] = record.logs().values()
    await prepare(database)
    await feeds.prepare(database)
    await hand_over(client, database, events[:1])
    async with emitting(client, database, topics):
        await until(lambda: published(database))
    await hand_over(client, database, events[1:])
    await feeds.refresh(client, database, CLUSTERS)
    async with emitting(client, database, topics):
        await until(lambda: published(database))
    found = [(key, value and value["data"]["revision"]) for key, value in await records(topics)]
    assert len(found) == len(set(found)) == (await feeds.state(database, "clusters"))["seq"]


async def test_a_topic_that_was_lost_is_filled_again(client: Client, database: Database, topics: str) -> None:
    await deliver(client, database, story(), random.Random(1))
    await feeds.prepare(database)
    async with emitting(client, database, topics):
        await until(lambda: published(database))
    before = await records(topics)
    await remove(topics, [CLUSTERS.topic])
    await apply(topics, [CLUSTERS.topic], 1)
    async with emitting(client, database, topics) as emitter:
        await until(lambda: filled(emitter, before))
    assert await records(topics) == before


async def filled(emitter: Emitter, before: Records) -> bool:
    state = await feeds.state(emitter.database, "clusters")
    return emitter.published == int(state["seq"]) == len(before)


@pytest.mark.parametrize("backup", [False, True])
async def test_revisions_go_on_where_the_topic_was_though_the_database_was_lost_or_restored(
    client: Client, database: Database, topics: str, backup: bool
) -> None:
    record = story()
    await prepare(database)
    await feeds.prepare(database)

    async def settled() -> bool:
        totals = await (await current(database)).find_totals({"kind": "cluster"}, None)
        due = {t["key"]: _content([o for o in totals if o["key"] == t["key"]]) for t in totals}
        told = await feeds.changed_rows(database, "clusters", 0, {}, 100)
        return await published(database) and {row["key"]: row["content"] for row in told} | due == {
            row["key"]: row["content"] for row in told
        }

    async def go_on(part: slice) -> None:
        async with emitting(client, database, topics):
            for events in record.logs().values():
                await hand_over(client, database, events[part])
            await until(settled)

    await go_on(slice(0, 4))
    names = await database.list_collection_names()
    kept = {name: await database[name].find().to_list(None) for name in names if backup}
    for events in record.logs().values():
        for event in events[4:]:
            await hand_over(client, database, [event])
            await feeds.refresh(client, database, CLUSTERS)
    async with emitting(client, database, topics):
        await until(lambda: published(database))
    before = await records(topics)
    for name in names:
        await database[name].delete_many({})
    for name, documents in kept.items():
        await database[name].insert_many(documents) if documents else None
    await prepare(database)
    await feeds.prepare(database)
    await go_on(slice(4 if backup else 0, None))
    found = (await records(topics))[len(before) :]
    highest: dict[str, int] = {}
    for key, value in before:
        highest[key] = value["data"]["revision"] if value else highest[key]
    assert found
    for key, value in found:
        if value:
            assert value["data"]["revision"] > highest.get(key, 0)
            highest[key] = value["data"]["revision"]
    rows = await feeds.changed_rows(database, "clusters", 0, {}, 100)
    latest = dict(before + found)
    assert {row["key"]: row["text"] and json.loads(row["text"]) for row in rows} == latest
    live = {row["key"] for row in rows if row["text"]}
    assert live == {key for key, value in dict(before).items() if value}


async def test_a_former_emitter_that_wakes_up_is_fenced(client: Client, database: Database, topics: str) -> None:
    await deliver(client, database, story(), random.Random(1))
    await feeds.prepare(database)
    former = AIOKafkaProducer(
        bootstrap_servers=topics, transactional_id=f"{database.name}.clusters", transaction_timeout_ms=10_000
    )
    await former.start()
    async with emitting(client, database, topics):
        await until(lambda: published(database))
    old, rows = Emitter(client, database, CLUSTERS, topics), await feeds.changed_rows(database, "clusters", 0, {}, 1)
    with pytest.raises(Exception, match=r"(?i)epoch|fenced"):
        await old._publish(former, rows)
    await former.stop()
    assert [key for key, _ in await records(topics)].count(rows[0]["key"]) == 1
