"""A projection: documents as a pure function of events. No IO; `shared.documents` keeps them in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from shared.contracts.base import Fact, Recorded

Document = dict[str, Any]
"""Plain JSON-like values: text, numbers, booleans, None, lists and dicts with text keys."""
Evolve = Callable[[Document | None, Recorded], Document | None]
Key = Callable[[Recorded], str | None]


def by_stream(event: Recorded) -> str:
    """One document per stream."""
    return event.stream


@dataclass(frozen=True)
class Projection:
    """The documents of `collection`, one per key.

    `evolve(document, event)` is pure: from the document (None: there is none) to the next one (None: remove it).
    `key(event)` names the document that an event belongs to; None passes the event over, as does a fact that is none
    of `of`, if given. A document's `_id` is its key: `evolve` finds it there and may leave it out of what it returns.
    """

    collection: str
    evolve: Evolve
    key: Key = by_stream
    of: tuple[type[Fact], ...] | None = None

    def key_of(self, event: Recorded) -> str | None:
        """The document that an event belongs to; None if the projection passes it over."""
        return self.key(event) if self.of is None or isinstance(event.fact, self.of) else None

    def fold(self, key: str, document: Document | None, events: Iterable[Recorded]) -> Document | None:
        """The document of `key` after `events`, all of which belong to it; raises what `evolve` raises."""
        for event in events:
            document = self.evolve(document, event)
            if document is not None and document.get("_id") != key:
                if "_id" in document:
                    raise ValueError(f"{self.collection}: the document of {key} calls itself {document['_id']}")
                document = {"_id": key, **document}
        return document

    def sort(self, events: Iterable[Recorded]) -> dict[str, list[Recorded]]:
        """Events by the document that they belong to, in their order."""
        sorted_: dict[str, list[Recorded]] = {}
        for event in events:
            key = self.key_of(event)
            if key is not None:
                sorted_.setdefault(key, []).append(event)
        return sorted_


def of_all(projections: Iterable[Projection]) -> tuple[type[Fact], ...] | None:
    """The facts that any of `projections` is made of; None for all facts."""
    found: dict[type[Fact], None] = {}
    for projection in projections:
        if projection.of is None:
            return None
        found |= dict.fromkeys(projection.of)
    return tuple(found)
