"""The event store on MongoDB: one document per commit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from shared.errors import CommitTooLarge, Unavailable
from shared.eventstore.commit import MAX_BYTES, Appended, Commit, Draft, check_stream, log_number
from shared.eventstore.inserting import Collection
from shared.eventstore.writer import Head, Writer, read_head
from shared.mongo import Database, patiently

DEADLINE = 10.0
"""Seconds that an append may take before its caller is told that the outcome is not known."""
WRITERS = 2
"""Writers of a store, each for its share of the logs: one makes its group while the database writes the other's."""


class WrongNumberOfLogs(RuntimeError):
    """The setting differs from what the service was first started with."""


@dataclass
class EventStore:
    """A service's event store, in its own database. Make it with `open_store`."""

    service: str
    commits: Collection
    snapshots: Collection
    logs: int
    long_streams: set[str] = field(default_factory=set)
    """Streams that are known to have more commits than one question reads; see `shared.eventstore.snapshots`."""
    log_names: list[str] = field(init=False)
    """The names of all logs; the number at the end is the partition in Kafka."""
    _writers: list[Writer] = field(init=False)

    def __post_init__(self) -> None:
        self.log_names = [f"{self.service}-{i}" for i in range(self.logs)]
        self._writers = [Writer(self.commits) for _ in range(min(WRITERS, self.logs))]

    def log_of(self, stream: str) -> str:
        """The log that holds `stream`."""
        return self.log_names[log_number(stream, self.logs)]

    async def append(self, draft: Draft, timeout: float = DEADLINE) -> Appended:
        """Append one commit durably, together with what others append at the same time.

        Raises `VersionConflict` (the stream moved on), `IdempotencyConflict` (the command's id is known with another
        payload), `CommitTooLarge`, `OutcomeUnknown` (retry with the same key) and `Unavailable` (nothing was recorded).
        """
        check_stream(draft.stream)
        size = sum(len(text.encode()) for text in draft.texts)  # what can't be encoded must not get into a group
        if size > MAX_BYTES:
            raise CommitTooLarge(f"{size} bytes in one commit; at most {MAX_BYTES} are kept: split the change")
        number = log_number(draft.stream, self.logs)
        return await self._writers[number % len(self._writers)].append(self.log_names[number], draft, size, timeout)

    async def find(self, stream: str, command: str) -> Commit | None:
        """The commit that the command of this id made on `stream`, if it made one."""
        query = {"log": self.log_of(stream), "_id": command}
        document = await patiently(lambda: self.commits.find_one(query))
        return Commit.of(document) if document else None

    async def load(self, stream: str, after: int = 0) -> list[Commit]:
        """The stream's commits of versions above `after`, in order."""
        query = {"log": self.log_of(stream), "stream": stream, "version": {"$gt": after}}
        order = [("version", ASCENDING)]
        found = await patiently(lambda: self.commits.find(query, sort=order, batch_size=5_000).to_list(None))
        return [Commit.of(d) for d in found]

    async def newest(self, stream: str, limit: int) -> list[Commit]:
        """The stream's last commits, in order: `limit`, if it has so many, or fewer if they weigh more than 16 MB.

        The database's command itself: a cursor of the driver's takes as long again to make as the answer to come.
        """
        command = {
            "find": self.commits.name,
            "filter": {"log": self.log_of(stream), "stream": stream},
            "sort": {"version": DESCENDING},
            "limit": limit,
            "singleBatch": True,
            "readConcern": self.commits.read_concern.document,
        }
        options = self.commits.codec_options
        answer = await patiently(lambda: self.commits.database.command(command, codec_options=options))
        return [Commit.of(d) for d in reversed(answer["cursor"]["firstBatch"])]

    async def read(self, log: str, after: int, limit: int = 1_000) -> list[Commit]:
        """Up to `limit` durable commits of a log from position `after + 1` on, in order."""
        query = {"log": log, "n": {"$gt": after}}
        order = [("n", ASCENDING)]
        found = await patiently(lambda: self.commits.find(query, sort=order, batch_size=limit).to_list(limit))
        return [Commit.of(d) for d in found]

    async def head(self, log: str) -> Head:
        """The durable end of a log."""
        return await patiently(lambda: read_head(self.commits, log))

    async def close(self) -> None:
        """Settle what is being appended, and end the writers."""
        await asyncio.gather(*(writer.stop() for writer in self._writers))


async def open_store(database: Database, service: str, logs: int) -> EventStore:
    """The service's event store, its indexes made; `logs` is fixed by the first start.

    Raises `WrongNumberOfLogs` if a later setting differs.
    """
    commits: Collection = database["commits"]
    await commits.create_index([("log", ASCENDING), ("n", ASCENDING)], unique=True)
    await commits.create_index([("log", ASCENDING), ("stream", ASCENDING), ("version", ASCENDING)], unique=True)
    fixed = await _fix(database, logs)
    if fixed != logs:
        raise WrongNumberOfLogs(
            f"{service} was first started with {fixed} logs and can't change to {logs}: set TRAMA_LOGS={fixed}"
        )
    return EventStore(service, commits, database["snapshots"], logs)


async def _fix(database: Database, logs: int) -> int:
    try:
        await database["meta"].insert_one({"_id": "logs", "count": logs})
    except DuplicateKeyError:
        return await _fixed(database)
    return logs


async def _fixed(database: Database) -> int:
    """The number that is there already; another's insert may not be durable yet in the moment that it refuses ours."""
    for _ in range(100):
        found: dict[str, Any] | None = await patiently(lambda: database["meta"].find_one({"_id": "logs"}))
        if found is not None:
            return int(found["count"])
        await asyncio.sleep(0.05)
    raise Unavailable("the number of logs that another process has fixed does not become durable")
