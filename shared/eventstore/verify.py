"""Proof of a log: positions dense, streams' versions dense, times never backwards, types as told, every hash right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic_core import from_json

from shared.eventstore.commit import GENESIS, Commit
from shared.eventstore.mongo import EventStore

PAGE = 5_000


@dataclass
class LogReport:
    """What a log holds up to `n`; `bad` names the first commit that does not fit, and why.

    While a log is being proved the version of each of its streams is kept: about 150 bytes a stream.
    """

    log: str
    n: int = 0
    events: int = 0
    hash: str = GENESIS
    bad: str | None = None
    _recorded: datetime = field(default=datetime.fromtimestamp(0, UTC), repr=False)
    _versions: dict[str, int] = field(default_factory=dict, repr=False)

    def take(self, commits: Iterable[Commit]) -> None:
        """Check `commits`, which follow what was checked before; stops at the first bad one."""
        for commit in commits:
            self.bad = self._fault(commit)
            if self.bad:
                return
            self.n, self.hash, self._recorded = commit.n, commit.hash, commit.recorded
            self.events += len(commit.texts)
            self._versions[commit.stream] = commit.version

    def forget(self) -> None:
        """Let go of what only going on would need."""
        self._versions.clear()

    def _fault(self, commit: Commit) -> str | None:
        where = f"{self.log} at {commit.n} (commit {commit.id})"
        if commit.n != self.n + 1:
            return f"{where}: position {self.n + 1} is missing"
        if commit.version != self._versions.get(commit.stream, 0) + 1:
            return f"{where}: version {commit.version} of {commit.stream} does not follow"
        if commit.recorded < self._recorded:
            return f"{where}: recorded before its predecessor"
        if not commit.texts or len(commit.types) != len(commit.texts):
            return f"{where}: {len(commit.types)} types for {len(commit.texts)} events"
        if commit.digest(self.hash) != commit.hash:
            return f"{where}: the hash does not fit what is stored"
        reasons = (misnamed(name, text) for name, text in zip(commit.types, commit.texts, strict=True))
        return next((f"{where}: {reason}" for reason in reasons if reason), None)


def misnamed(name: str, text: str) -> str | None:
    """Why `text` is no event of the type `name`, which stands beside it and is in no hash; None if it is one."""
    try:
        event = from_json(text)
    except ValueError:
        return "the text is no JSON"
    found = event.get("type") if isinstance(event, dict) else None
    return None if found == name else f"an event is told to be {name}, but its text says {found}"


async def verify_log(store: EventStore, log: str) -> LogReport:
    """Prove one log of `store` from its first commit to its durable end."""
    report = LogReport(log)
    while report.bad is None and (page := await store.read(log, report.n, PAGE)):
        report.take(page)
    report.forget()
    return report
