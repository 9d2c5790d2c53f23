"""A writer of a store's logs: it groups what is waiting into durable, numbered, chained inserts.

Few writers for all logs, since the groups are what makes appends cheap: with one for each log they would be small. No
two have a log in common: what stands behind a position that did not land must not land.
"""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from pymongo.errors import PyMongoError

from shared.errors import IdempotencyConflict, Unavailable
from shared.eventstore.commit import GENESIS, Appended, Commit, Draft, chain, milliseconds
from shared.eventstore.inserting import Collection, insert_until_known
from shared.eventstore.waiting import Patience, Waiting
from shared.mongo import is_transient
from shared.telling import told

MAX_GROUP = 500
MAX_GROUP_BYTES = 8_000_000
"""Of texts in UTF-8. With the last commit, and all around the texts, it must stay below the 16 MB of one command."""
KNOWN_STREAMS = 20_000
logger = structlog.get_logger(__name__)


class VersionConflict(Exception):
    """The stream has moved on since it was read: load it again and decide again."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: the last position, the chain's value there and when it was recorded."""

    n: int
    hash: str
    recorded: datetime


@dataclass(slots=True)
class Writer:
    """Appends to the logs of a store; `stop` finishes what was taken."""

    collection: Collection
    _queue: deque[Waiting] = field(default_factory=deque)
    _versions: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _heads: dict[str, Head] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None
    _patience: Patience = field(default_factory=Patience)
    _stopping: bool = False

    def append(self, log: str, draft: Draft, size: int, timeout: float) -> asyncio.Future[Appended]:
        """Append `draft` to `log`; see `EventStore.append` for what the answer raises.

        `size` of its texts in bytes, `timeout` in seconds.
        """
        if self._stopping:
            raise Unavailable("this process is stopping; nothing was recorded")
        loop = asyncio.get_running_loop()
        waiting = Waiting(log, draft, loop.create_future(), loop.time() + timeout, size)
        self._queue.append(waiting)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run(), name="event store writer")
        self._patience.watch(waiting, loop)
        return waiting.future

    async def stop(self) -> None:
        """Refuse new drafts, settle those that wait, and end: at the latest when every caller has its answer."""
        self._stopping = True
        while self._task is not None and not self._task.done():
            awaited = self._patience.unanswered()
            if not awaited:
                self._task.cancel()
            await asyncio.wait([self._task, *awaited], return_when=asyncio.FIRST_COMPLETED)

    async def _run(self) -> None:
        """Until nothing waits. A writer that has nothing to do has no task, and leaves none where nobody stops it."""
        while self._queue:
            group = self._take()
            try:
                await self._settle(group)
            except Exception as error:  # a bug or a refused document: every caller learns it, the writer goes on
                self._heads.clear()
                logger.exception("append_failed", commits=len(group))
                for waiting in group:
                    if not waiting.future.done():
                        waiting.future.set_exception(error)

    def _take(self) -> list[Waiting]:
        """What is waiting, at most one draft of a stream: a second one needs the first's outcome."""
        group: list[Waiting] = []
        later: list[Waiting] = []
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

    async def _settle(self, group: list[Waiting]) -> None:
        while group:
            for name in {waiting.log for waiting in group} - self._heads.keys():
                self._heads[name] = await self._read_head(name)
            group = await self._refuse_outdated(group)
            # whoever was told meanwhile that nothing was recorded must not be recorded any more
            group = [w for w in group if w.attempted or not w.future.done()]
            commits = self._number(group)
            landed, key = await insert_until_known(self.collection, commits)
            self._landed(group[:landed], commits[:landed])
            group = group[landed:]
            if key is not None:
                group = await self._resolve(group, commits[landed], key)

    async def _refuse_outdated(self, group: list[Waiting]) -> list[Waiting]:
        """Those of `group` that do not contradict the heads this process knows; the others are answered."""
        fresh = []
        for waiting in group:
            if waiting.draft.expected < self._versions.get(waiting.draft.stream, 0):
                await self._answer(waiting, await self._find(waiting.draft.id))
            else:
                fresh.append(waiting)
        return fresh

    def _number(self, group: Sequence[Waiting]) -> list[Commit]:
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

    async def _resolve(self, group: list[Waiting], refused: Commit, key: str) -> list[Waiting]:
        """Answer the first of `group`, which `key` refused, if it can be; what is left is numbered anew."""
        existing = await self._find(refused.id)
        if existing is not None and existing.is_same(refused):
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

    async def _answer(self, waiting: Waiting, existing: Commit | None) -> None:
        if waiting.future.done():
            return
        if existing is None:
            waiting.future.set_exception(VersionConflict(waiting.draft.stream))
        elif (existing.stream, existing.fingerprint) == (waiting.draft.stream, waiting.draft.fingerprint):
            waiting.future.set_result(Appended(existing, repeated=True))
        else:
            waiting.future.set_exception(IdempotencyConflict("this key was used before with another payload"))

    def _landed(self, group: Sequence[Waiting], commits: Sequence[Commit]) -> None:
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
