"""A transaction that has begun is ended, whatever becomes of who asked for it."""

from __future__ import annotations

import asyncio
import threading

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared.mongo import Database, Session, transact


class Held(CommandListener):
    """Holds each insert back, written but not yet sent, until it is let go."""

    def __init__(self) -> None:
        self.written, self.let_go = threading.Event(), threading.Event()

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "insert":
            self.written.set()
            self.let_go.wait(10)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


async def test_what_is_cancelled_leaves_no_transaction_that_holds_locks(database: Database, mongo_url: str) -> None:
    """A command that is on its way can't be called back: an abort that overtook it would leave what it begins open.

    The server would keep that for a minute, and everybody else from what it touched.
    """
    await database.create_collection("words")
    held = Held()
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(mongo_url, event_listeners=[held])

    async def write(session: Session) -> None:
        await client[database.name]["words"].insert_one({"word": "one"}, session=session)

    task = asyncio.create_task(transact(client, write))
    try:
        await asyncio.to_thread(held.written.wait, 10)
        task.cancel()
        await asyncio.wait([task], timeout=0.5)
        held.let_go.set()
        await asyncio.wait([task])
        assert task.cancelled()
        await database.command("drop", "words", maxTimeMS=5_000)
    finally:
        client.close()
