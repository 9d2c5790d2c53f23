"""A projection: documents as a pure function of events. No IO; `shared.documents` keeps them in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from shared.contracts.base import Recorded

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
    `key(event)` names the document that an event belongs to; None passes the event over. A document's `_id` is its key:
    `evolve` finds it there and may leave it out of what it returns.
    """

    collection: str
    evolve: Evolve
    key: Key = by_stream

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
            key = self.key(event)
            if key is not None:
                sorted_.setdefault(key, []).append(event)
        return sorted_
