"""A stream's events as they were recorded, straight from the store."""

from __future__ import annotations

from shared.contracts.base import Recorded
from shared.contracts.registry import decode_own, known, known_name
from shared.eventstore import Commit, EventStore


async def history(store: EventStore, stream: str) -> list[Recorded]:
    """All events of `stream`, in order; facts that no release before ever knew are passed over (decision 0006).

    Raises `UnknownEventType` for a newer version of a known one, and `Unreadable`: what is made without those would
    look whole, and be wrong.
    """
    return [event for commit in await store.load(stream) for event in recorded(commit)]


def recorded(commit: Commit) -> list[Recorded]:
    """The events of a commit. `hash` is the whole commit's on each: the chain inside it needs the commit before."""
    return [
        Recorded(
            event=decode_own(text, name),
            log=commit.log,
            n=commit.n,
            index=index,
            count=len(commit.texts),
            version=commit.version,
            command=commit.id,
            recorded=commit.recorded,
            hash=commit.hash,
            text=text,
        )
        for index, (name, text) in enumerate(zip(commit.types, commit.texts, strict=True))
        if known(name) or known_name(name)
    ]
