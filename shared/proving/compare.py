"""What a proof of a read model knows and finds: documents by stream, folded and stored, and in what they differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

from shared.contracts.base import Recorded
from shared.contracts.registry import naming
from shared.faults import is_own
from shared.mongo import Client, Database, Session
from shared.position import Position, read_position
from shared.projection import Document, Projection, of_all

MOST = 20
"""How many differences are told of a read model one by one; the others are counted."""
Told = Callable[[int, int], None]
"""Is told how far a proof is, in commits, and how many there are."""
Places = set[tuple[int, int]]


@dataclass(frozen=True)
class Model:
    """What one subscription keeps: the documents of its projections, one per stream."""

    subscription: str
    client: Client
    database: Database
    projections: Sequence[Projection]

    @cached_property
    def wants(self) -> Callable[[str], bool]:
        """Whether events of a type are taken, by the type's name."""
        of = of_all(self.projections)
        return (lambda _: True) if of is None else naming(of)

    async def standing(
        self, session: Session, log: str, streams: Sequence[str] | None = None
    ) -> tuple[Position, Places]:
        """The position in a log, and the places of what is parked, waits, or was skipped; of `streams`, if given."""
        position = await read_position(self.database, self.subscription, log, session)
        held: Places = set()
        query: dict[str, Any] = {"subscription": self.subscription, "log": log, "kind": "event"}
        if streams is not None:
            query["stream"] = {"$in": list(streams)}
        for collection in ("parked", "skipped"):
            async for entry in self.database[collection].find(query, {"n": 1, "index": 1}, session=session):
                held.add((entry["n"], entry["index"]))
        return position, held

    async def stored(self, session: Session, collection: str, streams: Sequence[str]) -> dict[str, Document]:
        """The stored documents of some streams."""
        found = self.database[collection].find({"_id": {"$in": list(streams)}}, session=session)
        return {document["_id"]: document async for document in found}


@dataclass
class Fold:
    """The documents of one stream, by collection, as its events make them; `failed` names the event that can't be."""

    stream: str
    projections: Sequence[Projection]
    documents: dict[str, Document] = field(default_factory=dict)
    failed: str | None = None

    def take(self, place: tuple[int, int], read: Callable[[], Recorded]) -> None:
        """Fold the event at `place` of the log; nothing more once one has failed."""
        if self.failed:
            return
        try:
            event = read()
            for projection in self.projections:
                if (key := projection.key_of(event)) is not None:
                    self._fold(projection, key, event)
        except Exception as error:
            if not is_own(error):
                raise
            self.failed = f"the event at {place} can't be folded: {type(error).__name__}: {error}"[:500]

    def _fold(self, projection: Projection, key: str, event: Recorded) -> None:
        name = projection.collection
        if key != self.stream:
            raise ValueError(f"{name}: the event belongs to the document {key}, not to its stream's")
        after = projection.fold(self.stream, self.documents.get(name), [event])
        if after is None:
            self.documents.pop(name, None)
        else:
            self.documents[name] = after


@dataclass
class Findings:
    """What a proof has found: documents compared, a hash over them in their order, events, and what differs."""

    documents: int = 0
    events: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    more: int = 0
    _hash: Any = field(default_factory=sha256)

    def compare(self, collection: str, fold: Fold, stored: Document | None) -> None:
        """Compare a stream's document with the stored one."""
        where = f"{collection} {fold.stream}"
        if fold.failed:
            return self.differs(f"{where}: {fold.failed}")
        folded = fold.documents.get(collection)
        if stored is not None:
            self.documents += 1
            self._hash.update(f"{collection}\n{canonical(stored)}\n".encode())
        if folded is None and stored is not None:
            self.differs(f"{where}: the document is stored, but no event says so")
        elif folded is not None and stored is None:
            self.differs(f"{where}: the document is missing")
        elif folded is not None and stored is not None and canonical(folded) != canonical(stored):
            self.differs(f"{where}: stored otherwise than its events say, in {', '.join(unlike(folded, stored))}")

    def orphans(self, collection: str, streams: Iterable[str]) -> None:
        """Tell of stored documents whose streams the record does not have."""
        for stream in streams:
            self.differs(f"{collection} {stream}: the document is stored, but the record has no such stream")

    def differs(self, text: str) -> None:
        """Tell of a difference."""
        if len(self.differences) < MOST:
            self.differences.append(text)
        else:
            self.more += 1

    def result(self) -> dict[str, Any]:
        """What the door answers."""
        rest = [f"and {self.more} more"] if self.more else []
        told = {"documents": self.documents, "events": self.events, "digest": self._hash.hexdigest()}
        return told | {"differences": [*self.differences, *rest]}


def canonical(document: Mapping[str, Any]) -> str:
    """A document as text that is the same for the same document; what is no JSON in it is told as it looks."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=repr)


def unlike(one: Document, other: Document) -> list[str]:
    """The fields in which two documents differ."""
    names = sorted({*one, *other}, key=str)
    return [n for n in names if canonical({"": one.get(n, ...)}) != canonical({"": other.get(n, ...)})]


def of_projections(projections: Sequence[Projection]) -> list[str]:
    """The collections of projections, each once."""
    return list(dict.fromkeys(projection.collection for projection in projections))
