"""Loops that outlive errors end when they are cancelled, whatever is raised on the way out."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka.errors import ProducerFenced

from deploy.local import mongo
from deploy.local.ports import free_port
from shared.errors import TramaError
from shared.faults import waited_out
from shared.lease import Lease, work_under
from shared.lifecycle import _patiently
from shared.mongo import Database, connect
from shared.upkeep import keep_doing

Work = Callable[[], Awaitable[None]]
Loop = Callable[[Database, Work], Awaitable[None]]


async def under_a_lease(database: Database, work: Work) -> None:
    async def hold(_: Lease) -> None:
        await work()

    await work_under(Lease(database, "one"), hold, lambda _: None)


async def swallowed(database: Database, work: Work) -> None:
    """As a relay does, which makes an alarm of what does not pass by itself."""

    async def hold(_: Lease) -> None:
        with pytest.raises(ProducerFenced):
            await work()

    await work_under(Lease(database, "one"), hold, lambda _: None)


async def patiently(_: Database, work: Work) -> None:
    await _patiently("kafka", work)


async def upkeep(_: Database, work: Work) -> None:
    await keep_doing(work, "one")


@pytest.mark.parametrize("loop", [under_a_lease, swallowed, patiently, upkeep])
async def test_an_error_of_cleaning_up_does_not_undo_a_cancellation(database: Database, loop: Loop) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            raise ProducerFenced

    looping = asyncio.ensure_future(loop(database, work))
    await asyncio.wait_for(begun.wait(), 30)
    looping.cancel()
    done, _ = await asyncio.wait([looping], timeout=5)
    looping.cancel()
    assert done
    assert looping.cancelled()


async def test_a_database_that_does_not_answer_does_not_hold_up_who_gives_back_a_lease(tmp_path: Path) -> None:
    """It ends by itself within seconds; the driver waits for half a minute, and then once more."""
    server = mongo.start(tmp_path, free_port())
    client = connect(mongo.initiate([server]), "test")
    begun = asyncio.Event()

    async def hold(_: Lease) -> None:
        begun.set()
        await asyncio.Event().wait()

    working = asyncio.create_task(work_under(Lease(client["test"], "one"), hold, lambda _: None))
    await asyncio.wait_for(begun.wait(), 30)
    server.process.send_signal(signal.SIGSTOP)
    try:
        working.cancel()
        await asyncio.wait([working], timeout=5)
        assert working.cancelled()
    finally:
        server.process.send_signal(signal.SIGCONT)
        client.close()
        server.stop()


async def test_what_is_nobodys_fault_but_the_works_own_is_raised() -> None:
    heard: list[Exception] = []
    with waited_out(heard.append):
        raise OSError("away")
    with pytest.raises(TramaError), waited_out(heard.append):
        raise TramaError("a defect")
    assert [str(error) for error in heard] == ["away"]
