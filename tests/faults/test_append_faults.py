"""Appends while processes and servers die: no lost or doubled commit, no gap, no broken chain."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local import mongo
from deploy.local.ports import free_port
from shared.errors import Conflict, OutcomeUnknown, Unavailable
from shared.eventstore import EventStore, open_store, verify_log
from shared.execute import Context, command_id, execute
from shared.mongo import Client, Database, connect, durable
from tests.shared.counting import COUNTER, Add

ROOT = Path(__file__).parents[2]


async def proved(store: EventStore) -> int:
    """The number of commits in all logs, each proved."""
    reports = [await verify_log(store, log) for log in store.log_names]
    assert [r.bad for r in reports] == [None] * store.logs
    return sum(r.n for r in reports)


async def _appender(url: str, database: str, name: str, least: int) -> list[tuple[str, str]]:
    """What an appending process said was done before it was killed, after at least `least` of its commits."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.appender", url, database, name, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    done: list[tuple[str, str]] = []
    while len(done) < least:
        line = (await process.stdout.readline()).split()
        assert line, "the appender ended by itself"
        done.append((line[0].decode(), line[1].decode()))
    process.kill()
    rest = (await process.stdout.read()).decode().splitlines(keepends=True)
    done += [(r.split()[0], r.split()[1]) for r in rest if r.endswith("\n")]
    await process.wait()
    return done


async def test_kill_nine_in_the_middle_of_appends_by_two_processes(mongo_url: str, database: Database) -> None:
    """Two processes on the same logs and streams are killed, three times: all they reported is there, once."""
    store = await open_store(database, "test", 4)
    done: list[tuple[str, str]] = []
    for turn in range(3):
        names = (f"a{turn}", f"b{turn}")
        for part in await asyncio.gather(*(_appender(mongo_url, database.name, n, 150) for n in names)):
            done += part
    assert len(set(done)) == len(done)
    for stream, key in done:
        assert await store.find(stream, command_id("appender", "Add", stream, key)) is not None
    assert await proved(store) >= len(done)


@pytest.fixture
async def set_of_three(tmp_path: Path) -> AsyncIterator[tuple[Client, str]]:
    """A replica set of three, each with a small cache."""
    servers = [mongo.start(tmp_path / str(i), free_port()) for i in range(3)]
    url = mongo.initiate(servers)
    client = connect(url, "tests")
    yield client, url
    client.close()
    for server in servers:  # an orderly stop of the last ones would wait for a majority that is gone
        server.process.kill()
        server.process.wait()


async def test_step_downs_during_appends(set_of_three: tuple[Client, str]) -> None:
    """The primary steps down twice under load: every caller got the truth, or 'unknown' and then the truth."""
    client, _ = set_of_three
    store = await open_store(durable(client, "steps"), "test", 4)
    told: dict[str, str] = {}
    unknown = 0
    stop, reached, goal = asyncio.Event(), asyncio.Event(), [0]

    async def write(worker: int) -> None:
        nonlocal unknown
        number = 0
        while not stop.is_set():
            stream, key = f"thing-{worker % 10}", f"{worker}-{number}"
            while True:
                try:
                    order = Context(actor="w", key=key, correlation=key)
                    outcome = await execute(store, COUNTER, stream, Add(by=1, times=2), order)
                except (OutcomeUnknown, Unavailable, Conflict) as error:
                    unknown += isinstance(error, OutcomeUnknown)
                    continue
                assert outcome.commit is not None
                told[outcome.commit.id] = outcome.commit.hash
                if len(told) >= goal[0]:
                    reached.set()
                number += 1
                break

    async def appended(more: int) -> None:
        goal[0] = len(told) + more
        reached.clear()
        await reached.wait()

    writers = [asyncio.create_task(write(i)) for i in range(40)]
    for _ in range(2):
        await appended(300)
        await client.admin.command("replSetStepDown", 5, force=True)
    await appended(300)
    stop.set()
    await asyncio.gather(*writers)
    assert await proved(store) == len(told)
    stored = {d["_id"]: d["hash"] async for d in store.commits.find({}, {"hash": 1})}
    assert stored == told
    print(f"{len(told)} commits over two step-downs; {unknown} callers were told 'unknown' first")
