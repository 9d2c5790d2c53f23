"""The read model in the database: the sheets and totals of a generation, and which generation is the current one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pymongo import ReplaceOne, UpdateOne

from services.reporting import journal
from services.reporting.projection import corrects, counts
from services.reporting.proof import Digest, Prover, fingerprint
from services.reporting.sheet import Sheet, Target
from services.reporting.totals import Delta, Total, fold, settle, total_id
from shared.contracts.base import Recorded
from shared.mongo import Database, Document, Session

GENERATIONS = "generations"
NAME = "figures"
Write = ReplaceOne[Document] | UpdateOne
BY_APPROVAL = [("terms.approved_on", 1), ("terms.project_id", 1)]
AT_ONCE = 200
"""Sheets read at a stretch; other requests go on in between."""


@dataclass(frozen=True)
class Model:
    """One generation of the read model."""

    database: Database
    generation: int

    @property
    def sheets(self) -> str:
        """The collection of its sheets."""
        return f"sheets_{self.generation}"

    @property
    def totals(self) -> str:
        """The collection of its totals."""
        return f"totals_{self.generation}"

    async def prepare(self) -> None:
        """Make its collections and their indexes."""
        await self.database[self.sheets].create_index("country")
        await self.database[self.sheets].create_index("places.clusters.key")
        begun = {"terms.approved_on": {"$gt": ""}}
        await self.database[self.sheets].create_index(BY_APPROVAL, partialFilterExpression=begun)
        await self.database[self.totals].create_index([("kind", 1), ("key", 1)])

    async def apply(self, session: Session, events: Sequence[Recorded]) -> None:
        """Take events of one log, within a transaction.

        Sheets are read and written whole only where an event corrects: else a batch would cost as its streams are long.
        """
        counted = [event for event in events if counts(event)]
        if not counted:
            return
        whole = {event.stream for event in counted if corrects(event)}
        heads = {event.stream for event in counted} - whole
        before = await self._sheets(whole, None, session) | await self._sheets(heads, {"entries": 0}, session)
        sheets = dict(before)
        deltas = fold(sheets, counted)
        changed = [(name, sheet) for name, sheet in sheets.items() if sheet is not before.get(name)]
        await self._write(
            self.sheets, [_longer(s) if n in heads and n in before else _whole(s) for n, s in changed], session
        )
        await self._settle(events[0].log, deltas, session)

    async def _sheets(self, streams: set[str], fields: Document | None, session: Session) -> dict[str, Sheet]:
        found = self.database[self.sheets].find({"_id": {"$in": sorted(streams)}}, fields, session=session)
        documents = await found.to_list(None) if streams else []
        return {sheet["_id"]: cast(Sheet, {"entries": [], **sheet}) for sheet in documents}

    async def _settle(self, log: str, deltas: dict[Target, Delta], session: Session) -> None:
        ids = {total_id(target, log): target for target in deltas}
        kept = await self.database[self.totals].find({"_id": {"$in": list(ids)}}, session=session).to_list(None)
        totals = {total["_id"]: cast(Total, total) for total in kept}
        after = [settle(totals.get(name), target, log, deltas[target]) for name, target in ids.items()]
        await self._write(self.totals, [_whole(total) for total in after], session)

    async def _write(self, collection: str, writes: Sequence[Write], session: Session) -> None:
        if writes:
            await self.database[collection].bulk_write(writes, ordered=False, session=session)

    async def each_sheet(self, query: Document, session: Session | None) -> AsyncIterator[Sheet]:
        """The sheets that `query` finds, in the order of their streams."""
        found = self.database[self.sheets].find(query, sort=[("_id", 1)], session=session, batch_size=AT_ONCE)
        while sheets := await found.to_list(AT_ONCE):
            for sheet in sheets:
                yield cast(Sheet, sheet)

    async def find_projects(
        self, query: Document, names: Sequence[str], limit: int, session: Session | None
    ) -> list[Sheet]:
        """Up to `limit` sheets of projects, in the order of approval, with only the entries of these names."""
        entries = {"$filter": {"input": "$entries", "cond": {"$in": ["$$this.name", list(names)]}}}
        fields = {"log": 1, "country": 1, "terms": 1, "places": 1, "entries": entries}
        found = self.database[self.sheets].find(query, fields, sort=BY_APPROVAL, limit=limit, session=session)
        return cast(list[Sheet], await found.to_list(limit))

    async def find_keys(self, kind: str, query: Document, after: str, limit: int, session: Session | None) -> list[str]:
        """Up to `limit` keys behind the key `after` whose totals `query` finds, in order."""
        pipeline: list[Document] = [
            {"$match": {"kind": kind, "key": {"$gt": after}} | query},
            {"$group": {"_id": "$key"}},
            {"$sort": {"_id": 1}},
            {"$limit": limit},
        ]
        found = await self.database[self.totals].aggregate(pipeline, session=session).to_list(limit)
        return [row["_id"] for row in found]

    async def find_totals(self, query: Document, session: Session | None) -> list[Total]:
        """The totals that `query` finds, in order."""
        found = await self.database[self.totals].find(query, sort=[("_id", 1)], session=session).to_list(None)
        return cast(list[Total], found)


async def prepare(database: Database) -> None:
    """Make what the projection writes to."""
    await journal.prepare(database)
    await database[GENERATIONS].update_one({"_id": NAME}, {"$setOnInsert": {"current": 1, "last": 1}}, upsert=True)
    await (await current(database)).prepare()


async def current(database: Database, session: Session | None = None) -> Model:
    """The generation that serves."""
    found = await database[GENERATIONS].find_one({"_id": NAME}, session=session)
    return Model(database, found["current"] if found else 1)


@dataclass
class Kept:
    """A fingerprint of every sheet (some 200 bytes of memory each) and total, by `_id`."""

    sheets: dict[str, bytes] = field(default_factory=dict)
    totals: dict[str, bytes] = field(default_factory=dict)


async def measure(model: Model, session: Session, kept: Kept | None = None) -> dict[str, Any]:
    """What a read model is: `differences` between totals and sheets (none if all is well); fills `kept`.

    `digest` is SHA-256 over all its sheets and totals: two generations made from the same events have the same.
    """
    digest, prover, streams = Digest(), Prover(), 0
    async for sheet in model.each_sheet({}, session):
        digest.take(sheet)
        prover.take(sheet)
        streams += 1
        if kept is not None:
            kept.sheets[sheet["_id"]] = fingerprint(sheet)
    totals = await model.find_totals({}, session)
    for total in totals:
        digest.take(total)
        if kept is not None:
            kept.totals[total["_id"]] = fingerprint(total)
    logs = await journal.seen(model.database, session)
    return {
        "generation": model.generation,
        "streams": streams,
        "totals": len(totals),
        "events": {name: document["arrival"] for name, document in logs.items()},
        "digest": digest.value,
        "differences": prover.differences(totals),
    }


def _whole(document: Sheet | Total) -> Write:
    return ReplaceOne({"_id": document["_id"]}, cast(Document, document), upsert=True)


def _longer(sheet: Sheet) -> Write:
    more = {"$push": {"entries": {"$each": sheet["entries"]}}, "$set": {"counted": sheet["counted"]}}
    return UpdateOne({"_id": sheet["_id"]}, more)
