"""The change stream that serves all of reporting, on a real server."""

from __future__ import annotations

import asyncio

from services.reporting import feeds
from services.reporting.changes import Change, Changed, watch
from shared.mongo import Client, Database


async def test_listeners_are_told_also_after_the_database_was_dropped(client: Client, database: Database) -> None:
    """As it is before a backup is restored: the change stream ends, another one begins, anything may have changed."""
    told: asyncio.Queue[Change] = asyncio.Queue()
    watching = asyncio.create_task(watch(database, [told.put_nowait]))
    try:
        async with asyncio.timeout(60):
            assert await told.get() is None
            await database[feeds.STATES].insert_one({"_id": "countries"})
            assert await told.get() == Changed(feeds.STATES, "countries")
            await client.drop_database(database.name)
            assert await told.get() is None
            await database[feeds.STATES].insert_one({"_id": "clusters"})
            assert await told.get() == Changed(feeds.STATES, "clusters")
    finally:
        watching.cancel()
        await asyncio.wait({watching})
