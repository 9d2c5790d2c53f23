"""A transaction that has begun is ended, whatever becomes of who asked for it."""

from __future__ import annotations

import asyncio
import threading

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared.mongo import Client, Database, Session, close, transact


class Held(CommandListener):
    """Holds each insert back, written but not yet sent, until it is let go."""

    def __init__(self) -> None:
        self.written, self.let_go, self.aborted = threading.Event(), threading.Event(), threading.Event()

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "insert":
            self.written.set()
            self.let_go.wait(10)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._answered(event.command_name)

    def failed(self, event: CommandFailedEvent) -> None:
        self._answered(event.command_name)

    def _answered(self, command: str) -> None:
        if command == "abortTransaction":
            self.aborted.set()


async def _writing(database: Database, client: Client, held: Held) -> asyncio.Task[None]:
    """A transaction whose first command is written and not yet sent."""
    await database.create_collection("words")

    async def write(session: Session) -> None:
        await client[database.name]["words"].insert_one({"word": "one"}, session=session)

    task = asyncio.create_task(transact(client, write))
    assert await asyncio.to_thread(held.written.wait, 10)
    return task


@pytest.mark.parametrize("times", [1, 2])
async def test_what_is_cancelled_leaves_no_transaction_that_holds_locks(
    database: Database, mongo_url: str, times: int
) -> None:
    """A command that is on its way can't be called back: an abort that overtook it would leave what it begins open.

    The server would keep that for a minute, and everybody else from what it touched. The second time it is who waits
    for the end that is cancelled.
    """
    held = Held()
    client: Client = AsyncIOMotorClient(mongo_url, event_listeners=[held])
    task = await _writing(database, client, held)
    for _ in range(times):
        task.cancel()
        await asyncio.wait([task], timeout=0.2)
    await asyncio.to_thread(held.aborted.wait, 0.5)
    held.let_go.set()
    await asyncio.wait([task])
    assert task.cancelled()
    await database.command("drop", "words", maxTimeMS=5_000)
    await close(client)


async def test_work_that_waits_for_something_else_is_called_off(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.mongo.ENDING", 0.2)
    await database.create_collection("words")
    written = asyncio.Event()

    async def write(session: Session) -> None:
        await database["words"].insert_one({"word": "one"}, session=session)
        written.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(transact(client, write))
    await written.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await database.command("drop", "words", maxTimeMS=5_000)


async def test_a_client_closes_after_its_transactions(database: Database, mongo_url: str) -> None:
    """A batch that its broker gave up must not stay open when the service's client closes under it."""
    held = Held()
    client: Client = AsyncIOMotorClient(mongo_url, event_listeners=[held])
    task = await _writing(database, client, held)
    closing = asyncio.create_task(close(client))
    await asyncio.wait([closing], timeout=0.5)
    assert not closing.done()
    held.let_go.set()
    await asyncio.gather(task, closing)
    assert await database["words"].count_documents({}) == 1
