"""MongoDB: the client as Trama needs it, and which of its errors pass by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorDatabase
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern
from tenacity import stop_after_delay, wait_random, wait_random_exponential

from shared.errors import Unavailable
from shared.kept import kept
from shared.retry import again

Document = dict[str, Any]
Client = AsyncIOMotorClient[Document]
Database = AsyncIOMotorDatabase[Document]
Session = AsyncIOMotorClientSession

# server codes: HostUnreachable, HostNotFound, MaxTimeMSExpired, WriteConcernFailed, NetworkTimeout, ShutdownInProgress,
# PrimarySteppedDown, ExceededTimeLimit, ConnectionPoolExpired, SocketException, NotWritablePrimary,
# InterruptedAtShutdown, Interrupted, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary,
# WriteConflict, ReadConcernMajorityNotAvailableYet, LockTimeout, NoSuchTransaction, SnapshotUnavailable,
# SnapshotTooOld, WriteConcernTimeout, TemporarilyUnavailable; FailedToSatisfyReadPreference; and of reading, which is
# then begun anew: CursorNotFound, CursorKilled, QueryPlanKilled. ChangeStreamHistoryLost (286) is none of them: the
# same stream never goes on; who watches opens another one, whatever the error was.
_PASSING = {6, 7, 24, 43, 50, 64, 89, 91, 112, 133, 134, 175, 189, 202, 237, 239, 246, 251, 262, 317, 365, 9001}
_PASSING |= {10107, 11600, 11601, 11602, 13435, 13436}


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed later: the server was away, stepped down, or asks to try again."""
    if isinstance(error, ConfigurationError | InvalidOperation):
        return False
    if isinstance(error, ConnectionFailure | WaitQueueTimeoutError):
        return True
    if isinstance(error, PyMongoError) and (
        error.has_error_label("TransientTransactionError") or error.has_error_label("RetryableWriteError")
    ):
        return True
    if isinstance(error, BulkWriteError):
        codes = [e.get("code") for e in error.details.get("writeErrors", [])]
        codes += [e.get("code") for e in error.details.get("writeConcernErrors", [])]
        return bool(codes) and all(code in _PASSING for code in codes)
    return isinstance(error, OperationFailure) and error.code in _PASSING


def connect(url: str, name: str) -> Client:
    """A client whose reads and writes are durable ones: majority, journalled, from the primary."""
    return AsyncIOMotorClient(
        url,
        appname=f"trama-{name}",
        tz_aware=True,
        tzinfo=UTC,
        retryWrites=True,
        serverSelectionTimeoutMS=5_000,
        connectTimeoutMS=5_000,
        socketTimeoutMS=30_000,
        maxPoolSize=100,
    )


def durable(client: Client, database: str) -> Database:
    """The database with the concerns that the record depends on."""
    return client.get_database(
        database,
        read_concern=ReadConcern("majority"),
        read_preference=ReadPreference.PRIMARY,
        write_concern=WriteConcern(w="majority", j=True),
    )


R = TypeVar("R")
ENDING = 10.0
"""Seconds that a transaction may go on after who asked for it was cancelled, or its client is to close."""
_open: set[asyncio.Task[Any]] = set()


async def transact(client: Client, work: Callable[[Session], Awaitable[R]]) -> R:
    """Run `work` in one durable snapshot transaction, again if the server asks for it (write conflicts, step-downs).

    Gives up after about 10 seconds with the server's last error. Cancelled, it ends when the transaction has ended:
    a command that is on its way can't be called back, and if an abort overtook it, what it begins would stay open and
    keep everybody else from what it touched for a minute. `work` that has not ended `ENDING` seconds later is called
    off: what it waits for is hardly the database.
    """

    async def once() -> R:
        async with await client.start_session() as session:
            async with session.start_transaction(
                read_concern=ReadConcern("snapshot"), write_concern=WriteConcern(w="majority", j=True)
            ):
                result = await work(session)
            return result

    return await again(lambda: _to_its_end(once()), _asks_again, stop_after_delay(10), wait_random(0, 0.02))


async def close(client: Client) -> None:
    """Close the client when its transactions have ended, or are called off: left open they hold locks for a minute."""
    if _open:
        await asyncio.wait(_open, timeout=ENDING + 1)
    client.close()


async def _to_its_end(work: Coroutine[Any, Any, R]) -> R:
    """What `work` returns; who is cancelled meanwhile is so when it has ended."""
    task = kept(work, _open)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        asyncio.get_running_loop().call_later(ENDING, task.cancel)  # also if who waits here is cancelled once more
        await asyncio.wait([task])
        raise
    finally:
        del task  # which holds its error, whose traceback holds this frame


def _asks_again(error: BaseException) -> bool:
    return isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")


async def patiently(read: Callable[[], Awaitable[R]], seconds: float = 10) -> R:
    """What `read` returns, asked again while the server is away or steps down; must change nothing.

    Raises `Unavailable` after `seconds`.
    """
    pause = wait_random_exponential(multiplier=0.02, max=0.5)
    try:
        return await again(read, is_transient, stop_after_delay(seconds), pause)
    except PyMongoError as error:
        if not is_transient(error):
            raise
        raise Unavailable("the database does not answer; this try recorded nothing: retry with the same key") from error


async def clock_offset(client: Client) -> float:
    """This process's clock minus the database's, in seconds."""
    before = datetime.now(UTC)
    answer = await client.admin.command("hello")
    after = datetime.now(UTC)
    local: datetime = answer["localTime"].replace(tzinfo=UTC)  # answers to commands say no zone: it is UTC
    return (before + (after - before) / 2 - local).total_seconds()
