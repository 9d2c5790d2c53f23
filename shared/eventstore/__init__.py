"""The event store: append, load, read, verify."""

from shared.eventstore.commit import GENESIS, Appended, Commit, Draft, iso, link
from shared.eventstore.mongo import EventStore, WrongNumberOfLogs, open_store
from shared.eventstore.verify import LogReport, verify_log
from shared.eventstore.writer import Head, VersionConflict

__all__ = [
    "GENESIS",
    "Appended",
    "Commit",
    "Draft",
    "EventStore",
    "Head",
    "LogReport",
    "VersionConflict",
    "WrongNumberOfLogs",
    "iso",
    "link",
    "open_store",
    "verify_log",
]
