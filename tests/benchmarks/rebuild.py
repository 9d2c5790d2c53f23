"""Reporting's read model made anew against raw batch transactions: `python -m tests.benchmarks.rebuild`.

The raw side reads the same pages of the same journal, decodes them to the typed events, and in a transaction per page
appends a row per event to its stream's document. The rebuild also adds up all figures, switches, and proves itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from pymongo import UpdateOne

from services.reporting import journal
from services.reporting.inbox import projection
from services.reporting.model import prepare
from services.reporting.rebuild import PAGE, rebuild
from shared.contracts.base import Recorded
from shared.contracts.registry import decode
from shared.eventstore import Draft
from shared.eventstore.commit import log_number
from shared.mongo import Client, Database, Session, transact
from tests.benchmarks.data import NOW, drafts
from tests.benchmarks.harness import Asked, Row, Servers, compared, in_turn, per_second, run

LOGS = 4
STREAMS, EVENTS = 1_000, 40
ROUNDS = 3
RAW, REBUILD, PROVED = "raw batch transactions", "rebuild from the journal", "the same, and proved"


def arriving(wanted: Iterator[Draft]) -> Iterator[list[Recorded]]:
    """Events as they arrive, in batches of one log each."""
    batches: dict[int, list[Recorded]] = {number: [] for number in range(LOGS)}
    counts = dict.fromkeys(range(LOGS), 0)
    for draft in wanted:
        number = log_number(draft.stream, LOGS)
        counts[number] += 1
        event, text = decode(draft.texts[0], draft.types[0]), draft.texts[0]
        place = (f"monitoring-{number}", counts[number], 0, 1, draft.expected + 1)
        batches[number].append(Recorded(event, *place, draft.id, NOW, "h" * 64, text))
        if len(batches[number]) == PAGE:
            yield batches[number]
            batches[number] = []
    yield from (batch for batch in batches.values() if batch)


async def keep(client: Client, database: Database, streams: int) -> int:
    """Fill the journal, and the read model with it; how many events."""
    await prepare(database)
    apply, count = projection(database), 0
    for batch in arriving(drafts(streams, EVENTS)):
        await transact(client, lambda session, b=batch: apply(session, b))  # type: ignore[misc]
        count += len(batch)
    return count


async def raw_rate(client: Client, database: Database, count: int) -> float:
    """Events per second, page after page, log after log."""
    await database.drop_collection("raw")

    async def page(session: Session, log: str, after: int) -> int:
        documents = await journal.read(database, log, after, PAGE, session)
        rows: dict[str, list[dict[str, str]]] = {}
        for document in documents:
            event = decode(document["text"], document["type"])
            row = {"event": event.id, "type": event.type, "time": event.time.isoformat()}
            rows.setdefault(event.subject, []).append(row)
        writes = [UpdateOne({"_id": s}, {"$push": {"rows": {"$each": own}}}, upsert=True) for s, own in rows.items()]
        await database["raw"].bulk_write(writes, ordered=False, session=session)
        return len(documents)

    async def work() -> None:
        for log, document in (await journal.seen(database)).items():
            after = 0
            while after < document["arrival"]:
                after += await transact(client, lambda session, a=after, n=log: page(session, n, a))  # type: ignore[misc]

    return await per_second(work, count)


async def measure(servers: Servers, streams: int = STREAMS) -> list[Row]:
    """Both in turn, on one journal."""
    async with servers.database() as database:
        count = await keep(servers.client, database, streams)

        rebuilt: list[float] = []

        async def with_proof() -> float:
            began = time.perf_counter()
            moments: list[float] = []
            told = await rebuild(servers.client, database, lambda done, total: moments.append(time.perf_counter()))
            assert told["differences"] == []
            rebuilt.append(count / (moments[-1] - began))
            return count / (time.perf_counter() - began)

        measures = {RAW: lambda: raw_rate(servers.client, database, count), PROVED: with_proof}
        rates = await in_turn(measures, ROUNDS)
        rates[REBUILD] = rebuilt[1:]  # as in `in_turn`, the first round does not count
    return compared(rates, [Asked(REBUILD, RAW, 0.5), Asked(PROVED, RAW, None)], "events/s")


if __name__ == "__main__":
    run(measure)
