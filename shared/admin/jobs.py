"""Long work that a door begins: kept in the database, so that any replica can tell how far it is.

Of one kind only one runs at a time: asking again while it runs gives the same job. A job whose process died shows no
sign of life any more and is told as `lost`; it is then simply begun anew, under a new key.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

import structlog
from pydantic import BaseModel
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.errors import IdempotencyConflict, TramaError, Unavailable
from shared.mongo import Database, is_transient
from shared.telling import told

BEAT = 1.0
"""How often a running job says that it is alive, in seconds."""
LOST = 15.0
"""A job that has not said so for this many seconds is lost."""
KEPT = 90 * 86_400
"""Seconds that a job can be asked for after its end."""
log = structlog.get_logger(__name__)


@dataclass
class Progress:
    """How far a job is, in whatever it counts; `total` is 0 while it is not known. The beat writes it down."""

    done: int = 0
    total: int = 0

    def __call__(self, done: int, total: int = 0) -> None:
        """Say how far the work is."""
        self.done, self.total = done, total


class Job(BaseModel):
    """A piece of long work; `result` is there once it is `done`, `error` once it `failed`."""

    id: str
    kind: str
    state: Literal["running", "done", "failed", "lost"]
    started: datetime
    updated: datetime
    done: int = 0
    total: int = 0
    result: Any = None
    error: str | None = None


Work = Callable[[Progress], Awaitable[Any]]
"""What a job does: it says how far it is, and returns a plain JSON-like result."""


@dataclass
class Jobs:
    """The jobs that this process works on."""

    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def begin(self, database: Database, kind: str, actor: str, key: str, work: Work) -> Job:
        """Begin `work` as a job, or give the one of this `kind` that runs already, or that this key began before.

        Raises `IdempotencyConflict` if the actor used the key for another kind, and `Unavailable`.
        """
        with _answering():
            return await self._begin(database, kind, actor, key, work)

    async def _begin(self, database: Database, kind: str, actor: str, key: str, work: Work) -> Job:
        jobs = database["jobs"]
        await jobs.create_index("updated", expireAfterSeconds=KEPT)
        await jobs.create_index("running", unique=True, partialFilterExpression={"running": {"$exists": True}})
        name = sha256(f"{actor}\n{key}".encode()).hexdigest()[:32]
        fresh = {"kind": kind, "running": kind, "state": "running", "actor": actor, "done": 0, "total": 0}
        times = {"started": "$$NOW", "updated": "$$NOW"}
        await _mark_lost(database, {"running": kind})
        before = await jobs.find_one({"_id": name})
        if before is None:
            try:
                # a pipeline, for the database's clock; of two at once one violates a key
                absent = {"_id": name, "state": {"$exists": False}}
                await jobs.update_one(absent, [{"$replaceWith": {"_id": name, **fresh, **times}}], upsert=True)
            except DuplicateKeyError:
                before = await jobs.find_one({"$or": [{"_id": name}, {"running": kind}]})
                if before is None:  # it has ended since
                    return await self._begin(database, kind, actor, key, work)
        if before is not None:
            if before["kind"] != kind:
                raise IdempotencyConflict("this key was used before with another payload")
            return _job(before)
        task = asyncio.create_task(self._run(database, name, kind, work), name=f"job {kind}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        found = await jobs.find_one({"_id": name})
        return _job(found or {})

    async def stop(self) -> None:
        """End what is running here; it is told as lost."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _run(self, database: Database, name: str, kind: str, work: Work) -> None:
        progress = Progress()
        beat = asyncio.create_task(_beat(database, name, progress))
        try:
            ended = {"state": "done", "result": await work(progress)}
        except asyncio.CancelledError:
            ended = {"state": "lost", "error": "the process was stopped"}
        except Exception as error:  # told to whoever asks for the job, and in the log
            log.exception("job_failed", kind=kind, job=name)
            ended = {"state": "failed", "error": str(error) if isinstance(error, TramaError) else _unexpected(error)}
        beat.cancel()
        await _patiently_end(database, name, ended | {"done": progress.done, "total": progress.total})


def _unexpected(error: Exception) -> str:
    return f"{type(error).__name__}: see this service's log"


async def find(database: Database, kind: str, name: str) -> Job | None:
    """The job of this id, if there is one and its kind begins so; raises `Unavailable`."""
    with _answering():
        await _mark_lost(database, {"_id": name})
        found = await database["jobs"].find_one({"_id": name})
    return _job(found) if found and found["kind"].startswith(kind) else None


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        if not is_transient(error):
            raise
        raise Unavailable("the database does not answer") from error


def _job(document: Mapping[str, Any]) -> Job:
    return Job(id=document["_id"], **{k: document[k] for k in Job.model_fields if k in document})


async def _beat(database: Database, name: str, progress: Progress) -> None:
    while True:
        await asyncio.sleep(BEAT)
        now = {"$set": {"updated": "$$NOW", "done": progress.done, "total": progress.total}}
        with contextlib.suppress(PyMongoError):  # the next beat tries again; without any the job is told as lost
            await database["jobs"].update_one({"_id": name, "state": "running"}, [now])


async def _mark_lost(database: Database, which: dict[str, Any]) -> None:
    silent = {"$expr": {"$lt": ["$updated", {"$subtract": ["$$NOW", int(LOST * 1000)]}]}}
    lost = {"state": "lost", "error": "the process that did it gave no sign of life any more"}
    await database["jobs"].update_many(which | {"state": "running"} | silent, {"$set": lost, "$unset": {"running": 1}})


async def _patiently_end(database: Database, name: str, ended: dict[str, Any]) -> None:
    """Write how it ended; if the database stays away, silence tells that the job is lost."""
    deadline = asyncio.get_running_loop().time() + LOST
    values = {name: {"$literal": value} for name, value in ended.items()} | {"updated": "$$NOW"}
    change: list[dict[str, Any]] = [{"$set": values}, {"$unset": "running"}]
    while True:
        try:
            await database["jobs"].update_one({"_id": name, "state": "running"}, change)
            return
        except PyMongoError as error:
            log.warning("job_end_not_written", job=name, error=told(error))
            if not is_transient(error) or asyncio.get_running_loop().time() > deadline:
                return
        await asyncio.sleep(BEAT)
