"""A writer of a store's logs: it groups what is waiting into durable, numbered, chained inserts.

Few writers for all logs, since the groups are what makes appends cheap: with one for each log they would be small. No
two have a log in common: what stands behind a position that did not land must not land.

Outcomes are told apart by the violated key. What cannot be known (time-out, step-down) is inserted again, the same
documents, until it is known: a second copy cannot land, since `_id` and `{log, n}` are unique.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo.errors import PyMongoError, WriteConcernError, WriteError

from shared.errors import IdempotencyConflict, OutcomeUnknown, Unavailable
from shared.eventstore.commit import GENESIS, Commit, Draft, chain, milliseconds
from shared.mongo import is_transient
from shared.telling import told

Collection = AsyncIOMotorCollection[dict[str, Any]]
MAX_GROUP = 500
MAX_GROUP_BYTES = 8_000_000
KNOWN_STREAMS = 20_000
DUPLICATE_KEY = 11000
logger = structlog.get_logger(__name__)


class VersionConflict(Exception):
    """The stream has moved on since it was read: load it again and decide again."""


@dataclass(slots=True)
class Appended:
    """What became of a draft: its commit, and whether that was there already from the same command."""

    commit: Commit
    repeated: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: the last position, the chain's value there and when it was recorded."""

    n: int
    hash: str
    recorded: datetime


@dataclass(slots=True)
class _Waiting:
    log: str
    draft: Draft
    future: asyncio.Future[Appended]
    deadline: float
    size: int
    attempted: bool = False


class _Uncertain(Exception):
    """The server's answer does not say what landed."""


@dataclass(slots=True)
class Writer:
    """Appends to the logs of a store; `stop` finishes what was taken."""

    collection: Collection
    _queue: deque[_Waiting] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _versions: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _heads: dict[str, Head] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None
    _patience: deque[_Waiting] = field(default_factory=deque)
    _timer: asyncio.TimerHandle | None = None
    _stopping: bool = False

    def append(self, log: str, draft: Draft, size: int, timeout: float) -> asyncio.Future[Appended]:
        """Append `draft` to `log`; see `EventStore.append` for what the answer raises.

        `size` of its texts in bytes (about), `timeout` in seconds.
        """
        if self._stopping:
            raise Unavailable("this process is stopping; nothing was recorded")
        loop = asyncio.get_running_loop()
        if self._task is None:
            self._task = loop.create_task(self._run(), name="event store writer")
        waiting = _Waiting(log, draft, loop.create_future(), loop.time() + timeout, size)
        self._queue.append(waiting)
        self._wake.set()
        self._watch(waiting, loop)
        return waiting.future

    def _watch(self, waiting: _Waiting, loop: asyncio.AbstractEventLoop) -> None:
        """See that `waiting` is answered by its deadline.

        One timer serves all: to set and cancel one for each would cost as much as chaining a commit.
        """
        patience = self._patience
        while patience and patience[0].future.done():
            patience.popleft()
        patience.append(waiting)
        if self._timer is None or self._timer.when() > waiting.deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_at(waiting.deadline, self._look_at_deadlines)

    def _look_at_deadlines(self) -> None:
        """Fail the futures of callers that waited long enough; the writer goes on, and finds them answered."""
        loop, self._timer = asyncio.get_running_loop(), None
        now = loop.time()
        for waiting in self._patience:
            if waiting.deadline <= now and not waiting.future.done():
                self._give_up(waiting)
        self._patience = left = deque(w for w in self._patience if not w.future.done())
        if left:
            self._timer = loop.call_at(min(w.deadline for w in left), self._look_at_deadlines)

    def _give_up(self, waiting: _Waiting) -> None:
        if waiting.attempted:
            error: Exception = OutcomeUnknown("it is not known whether this was recorded: retry with the same key")
        else:
            error = Unavailable("the event store did not take this in time; nothing was recorded")
        waiting.future.set_exception(error)

    async def stop(self) -> None:
        """Refuse new drafts, settle those that wait, and end: at the latest when every caller has its answer."""
        self._stopping = True
        self._wake.set()
        while self._task is not None and not self._task.done():
            awaited: list[asyncio.Future[Any]] = [w.future for w in self._patience if not w.future.done()]
            if not awaited:
                self._task.cancel()
            await asyncio.wait([self._task, *awaited], return_when=asyncio.FIRST_COMPLETED)

    async def _run(self) -> None:
        while not (self._stopping and not self._queue):
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
                continue
            group = self._take()
            try:
                await self._settle(group)
            except Exception as error:  # a bug or a refused document: every caller learns it, the writer goes on
                self._heads.clear()
                logger.exception("append_failed", commits=len(group))
                for waiting in group:
                    if not waiting.future.done():
                        waiting.future.set_exception(error)

    def _take(self) -> list[_Waiting]:
        """What is waiting, at most one draft of a stream: a second one needs the first's outcome."""
        group: list[_Waiting] = []
        later: list[_Waiting] = []
        streams: set[str] = set()
        size = 0
        while self._queue and len(group) < MAX_GROUP and size < MAX_GROUP_BYTES:
            waiting = self._queue.popleft()
            if waiting.future.done():  # its caller has gone, before anything was tried
                continue
            if waiting.draft.stream in streams:
                later.append(waiting)
                continue
            streams.add(waiting.draft.stream)
            size += waiting.size
            group.append(waiting)
        self._queue.extendleft(reversed(later))
        return group

    async def _settle(self, group: list[_Waiting]) -> None:
        attempt = 0
        while group:
            for name in {waiting.log for waiting in group} - self._heads.keys():
                self._heads[name] = await self._read_head(name)
            group = await self._refuse_outdated(group)
            # whoever was told meanwhile that nothing was recorded must not be recorded any more
            group = [w for w in group if w.attempted or not w.future.done()]
            commits = self._number(group)
            landed, key = await self._insert_until_known(commits, attempt)
            self._landed(group[:landed], commits[:landed])
            group = group[landed:]
            if key is not None:
                group = await self._resolve(group, commits[landed], key)
                attempt += 1

    async def _refuse_outdated(self, group: list[_Waiting]) -> list[_Waiting]:
        """Those of `group` that do not contradict the heads this process knows; the others are answered."""
        fresh = []
        for waiting in group:
            if waiting.draft.expected < self._versions.get(waiting.draft.stream, 0):
                await self._answer(waiting, await self._find(waiting.draft.id))
            else:
                fresh.append(waiting)
        return fresh

    def _number(self, group: Sequence[_Waiting]) -> list[Commit]:
        commits: list[Commit] = []
        ends = {name: (head.n, head.hash, head.recorded) for name, head in self._heads.items()}
        now = milliseconds(datetime.now(UTC))
        for waiting in group:
            waiting.attempted = True
            n, value, recorded = ends[waiting.log]
            commit = chain(waiting.draft, waiting.log, n + 1, value, recorded, now)
            ends[waiting.log] = commit.n, commit.hash, commit.recorded
            commits.append(commit)
        return commits

    async def _insert_until_known(self, commits: list[Commit], attempt: int) -> tuple[int, str | None]:
        """How many of `commits` landed, and the key that refused the next one, if one did."""
        done, tries = 0, 0
        while done < len(commits):
            try:
                landed, key = await self._insert(commits[done:])
                return done + landed, key
            except _Uncertain as error:
                tries += 1
                logger.warning("append_uncertain", commits=len(commits) - done, error=told(error.__cause__ or error))
                await asyncio.sleep(random.uniform(0, min(1.0, 0.02 * 2**tries)))
                done += await self._count_landed(commits[done:])
        return done, None

    async def _insert(self, commits: Sequence[Commit]) -> tuple[int, str | None]:
        """The database's command itself: the driver's `insert_many` would keep a record of each try in the database, to
        try again by itself, which is done here, and known better.
        """
        insert = {
            "insert": self.collection.name,
            "documents": [commit.document() for commit in commits],
            "ordered": True,
            "writeConcern": self.collection.write_concern.document,
        }
        try:
            answer = await self.collection.database.command(insert)
        except PyMongoError as error:
            if is_transient(error):
                raise _Uncertain from error
            raise
        if "writeConcernError" in answer:
            raise _Uncertain from WriteConcernError("not durable yet", details=answer["writeConcernError"])
        if not (failures := answer.get("writeErrors")):
            return len(commits), None
        [failure] = failures
        if failure["code"] == DUPLICATE_KEY:
            return failure["index"], ",".join(failure["keyPattern"])
        refused = WriteError(failure["errmsg"], failure["code"], failure)
        if is_transient(refused):
            raise _Uncertain from refused
        raise refused

    async def _count_landed(self, commits: Sequence[Commit]) -> int:
        """How many of `commits`, from the first on, are durably there as they are."""
        try:
            logs, ids = sorted({c.log for c in commits}), [c.id for c in commits]
            found = self.collection.find({"log": {"$in": logs}, "_id": {"$in": ids}})
            there = {d["_id"]: (d["n"], d["hash"]) for d in await found.to_list(None)}
        except PyMongoError as error:
            if not is_transient(error):
                raise
            return 0
        count = 0
        while count < len(commits) and there.get(commits[count].id) == (commits[count].n, commits[count].hash):
            count += 1
        return count

    async def _resolve(self, group: list[_Waiting], refused: Commit, key: str) -> list[_Waiting]:
        """Answer the first of `group`, which `key` refused, if it can be; what is left is numbered anew."""
        existing = await self._find(refused.id)
        if existing is not None and (existing.n, existing.hash) == (refused.n, refused.hash):
            self._landed(group[:1], [existing])
            return group[1:]
        self._heads.pop(refused.log, None)
        self._versions.pop(refused.stream, None)
        if existing is None and key in ("_id", "log,n"):
            # another replica's document, or our own of an earlier try, is there but not yet durable
            await asyncio.sleep(random.uniform(0, 0.01))
            return group
        await self._answer(group[0], existing)
        return group[1:]

    async def _answer(self, waiting: _Waiting, existing: Commit | None) -> None:
        if waiting.future.done():
            return
        if existing is None:
            waiting.future.set_exception(VersionConflict(waiting.draft.stream))
        elif (existing.stream, existing.fingerprint) == (waiting.draft.stream, waiting.draft.fingerprint):
            waiting.future.set_result(Appended(existing, repeated=True))
        else:
            waiting.future.set_exception(IdempotencyConflict("this key was used before with another payload"))

    def _landed(self, group: Sequence[_Waiting], commits: Sequence[Commit]) -> None:
        for waiting, commit in zip(group, commits, strict=True):
            self._versions[commit.stream] = commit.version
            self._versions.move_to_end(commit.stream)
            if not waiting.future.done():
                waiting.future.set_result(Appended(commit, repeated=False))
        for commit in {commit.log: commit for commit in commits}.values():  # the last one of each log
            self._heads[commit.log] = Head(commit.n, commit.hash, commit.recorded)
        while len(self._versions) > KNOWN_STREAMS:
            self._versions.popitem(last=False)

    async def _find(self, command: str) -> Commit | None:
        """The commit of this id, of whatever log: it may be another one's that refused ours."""
        while True:
            try:
                document = await self.collection.find_one({"_id": command})
                return Commit.of(document) if document else None
            except PyMongoError as error:
                await self._pause(error)

    async def _read_head(self, log: str) -> Head:
        while True:
            try:
                return await read_head(self.collection, log)
            except PyMongoError as error:
                await self._pause(error)

    async def _pause(self, error: PyMongoError) -> None:
        if not is_transient(error):
            raise error
        logger.warning("event_store_unreachable", error=told(error))
        await asyncio.sleep(random.uniform(0.05, 0.5))


async def read_head(collection: Collection, log_name: str) -> Head:
    """The durable end of a log."""
    fields = {"n": 1, "hash": 1, "recorded": 1}
    last = await collection.find_one({"log": log_name}, fields, sort=[("n", -1)])
    if last is None:
        return Head(0, GENESIS, datetime.fromtimestamp(0, UTC))
    return Head(last["n"], last["hash"], last["recorded"])
