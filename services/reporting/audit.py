"""The read model against the journal, and the journal against itself: what `trama reconcile` asks of reporting.

The read model and how far each log is are read from one snapshot. The journal only grows: up to there it can be read
after that, page by page, for as long as it takes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from services.reporting import journal
from services.reporting.chain import Chain
from services.reporting.model import Kept, current, measure
from services.reporting.proof import fingerprint
from services.reporting.sheet import Sheet, Target
from services.reporting.totals import Delta, fold, merge, settle, total_id
from shared.mongo import Client, Database, Document, Session

PAGE = 200
"""Events that are read, and folded, at a stretch; other requests go on in between."""
TOLD = 5
"""How many of the sheets and totals that differ are named."""


async def prove(client: Client, database: Database) -> dict[str, Any]:
    """What the current read model is; `differences` from what the journal adds up to, and in the journal itself.

    `digest` is SHA-256 over all its sheets and totals, `events` how many events of each log were taken. The journal
    must hold as many, without a gap, as one chain of hashes that ends where the log is known to end; what is parked or
    was skipped counts as there. If the journal does not hold, nothing is compared with it.
    """
    kept = Kept()
    chains: dict[str, Chain] = defaultdict(Chain)
    async with await client.start_session(snapshot=True) as session:
        model = await current(database, session)
        found = await measure(model, session, kept)
        seen = await journal.seen(database, session)
        positions = await _positions(database, session)
        broken = await _count(database, seen, session)
        await _hold(database, chains, session)
    for name in sorted({*seen, *positions}) if not broken else ():
        broken += await _prove(database, name, chains[name], seen.get(name), positions.get(name))
    found["differences"] += broken or await _compare(database, seen, kept)
    return found


async def _count(database: Database, seen: dict[str, Document], session: Session) -> list[str]:
    """Whether the journal ends, in each log, where it is known to have ended."""
    logs = {*seen, *await database[journal.JOURNAL].distinct("log", session=session)}
    found = []
    for name in sorted(logs):
        last, arrived = await journal.last(database, name, session), seen[name]["arrival"] if name in seen else 0
        if last != arrived:
            found.append(f"journal of {name}: it ends with its event number {last}, but {arrived} have arrived")
    return found


async def _positions(database: Database, session: Session) -> dict[str, Document]:
    found = await database["positions"].find({}, session=session).to_list(None)
    return {position["log"]: position for position in found}


async def _hold(database: Database, chains: dict[str, Chain], session: Session) -> None:
    """What is parked, waits or was skipped is part of its log's chain, though not of the journal."""
    for collection in ("parked", "skipped"):
        async for entry in database[collection].find({"kind": "event"}, session=session):
            chains[entry["log"]].take(entry)


async def _prove(
    database: Database, name: str, chain: Chain, seen: Document | None, position: Document | None
) -> list[str]:
    """Whether the journal of a log is complete, unchanged, and ends where both the log and its reader are."""
    place, recorded, after = (0, 0), None, 0
    try:
        while seen and after < seen["arrival"]:
            for document in await journal.follow(database, name, after, PAGE):
                if (after := document["arrival"]) > seen["arrival"]:
                    break
                chain.take(document)
                place = max(place, (document["n"], document["index"]))
                recorded = max(recorded or document["recorded"], document["recorded"])
    except journal.Incomplete as error:
        return [str(error)]
    found = chain.differences(name)
    if seen and (list(place), recorded) != (seen["place"], seen["recorded"]):
        found.append(f"journal of {name}: it ends at {place[0]}.{place[1]}, but {_place(*seen['place'])} was seen")
    if position and chain.head != ((position["n"], position["index"]), position["hash"]):
        at = _place(position["n"], position["index"])
        found.append(f"journal of {name}: its chain does not end where the topic was read to, at {at}")
    return found


async def _compare(database: Database, seen: dict[str, Document], kept: Kept) -> list[str]:
    """Fold the journal stream by stream, and compare each sheet, then the totals, with what is kept."""
    sheets: dict[str, Sheet] = {}
    sums: dict[str, dict[Target, Delta]] = defaultdict(dict)
    wrong: list[str] = []
    labels: list[str] = []
    async for page in journal.by_stream(database, PAGE):
        taken = [d for d in page if d["log"] in seen and d["arrival"] <= seen[d["log"]]["arrival"]]
        events = [journal.recorded(document) for document in taken]
        labels += [d["_id"] for d, event in zip(taken, events, strict=True) if not journal.labelled(d, event)]
        for event in events:
            if event.stream not in sheets:  # the stream before is complete
                wrong += _differing(sheets, kept.sheets)
            merge(sums[event.log], fold(sheets, [event]))
    wrong += [*_differing(sheets, kept.sheets), *kept.sheets]
    folded = {
        total_id(target, log): settle(None, target, log, delta)
        for log, deltas in sums.items()
        for target, delta in deltas.items()
    }
    prints = {name: fingerprint(total) for name, total in folded.items()}
    different = [name for name in {*prints, *kept.totals} if prints.get(name) != kept.totals.get(name)]
    return _told("events of the journal", labels) + _told("sheets", wrong) + _told("totals", different)


def _differing(sheets: dict[str, Sheet], kept: dict[str, bytes]) -> list[str]:
    """Those of the complete `sheets` that are not kept so; both are forgotten."""
    found = [name for name, sheet in sheets.items() if kept.pop(name, None) != fingerprint(sheet)]
    sheets.clear()
    return found


def _told(what: str, names: list[str]) -> list[str]:
    some = ", ".join(sorted(names)[:TOLD]) + (", ..." if len(names) > TOLD else "")
    return [f"{len(names)} {what} are not as the recorded events say: {some}"] if names else []


def _place(n: int, index: int) -> str:
    return f"{n}.{index}"
