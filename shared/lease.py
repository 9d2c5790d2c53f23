"""A lease: one process at a time works, another takes over within seconds when it stops renewing.

The database's clock decides. A paused process may wake up believing that it still holds the lease: what is done under a
lease must be harmless when done twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.faults import waited_out
from shared.mongo import Database

SECONDS = 4.0
"""How long a lease lasts without being renewed."""
RENEW = 1.0
"""How often its holder renews it, in seconds."""


@dataclass
class Lease:
    """The right to do `name`, held in the service's database."""

    database: Database
    name: str
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def take(self) -> bool:
        """Take or renew the lease; False if another holds it."""
        free = {"$or": [{"$eq": ["$owner", self.owner]}, {"$lt": ["$until", "$$NOW"]}]}
        until = {"$add": ["$$NOW", int(SECONDS * 1000)]}
        mine = {"$set": {"owner": {"$cond": [free, self.owner, "$owner"]}, "until": {"$cond": [free, until, "$until"]}}}
        try:
            held = await self.database["leases"].find_one_and_update(
                {"_id": self.name}, [mine], upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:  # another made it in the same moment
            return False
        return bool(held and held["owner"] == self.owner)

    async def release(self) -> None:
        """Let another take it at once."""
        await self.database["leases"].delete_one({"_id": self.name, "owner": self.owner})


def _nothing() -> None:
    """What most do while another holds the lease."""


async def work_under(
    lease: Lease,
    work: Callable[[Lease], Awaitable[None]],
    interrupted: Callable[[Exception], None],
    meanwhile: Callable[[], None] = _nothing,
) -> None:
    """Wait for the lease, `work` while it is held, and start over after any fault of the infrastructure.

    `interrupted` is told each such fault; `meanwhile` is done whenever another holds the lease. Runs until cancelled,
    and lets another take the lease then.
    """
    try:
        while True:
            with waited_out(interrupted):
                if await lease.take():
                    await work(lease)
                else:
                    meanwhile()
            await asyncio.sleep(RENEW)
    finally:
        with contextlib.suppress(PyMongoError, TimeoutError):
            async with asyncio.timeout(RENEW):  # where the database does not answer, it ends by itself soon enough
                await asyncio.shield(lease.release())
