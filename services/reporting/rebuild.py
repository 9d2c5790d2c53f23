"""The read model made anew from the journal, beside the one that serves, and the switch between two events.

The journal is read in the order of arrival, so the new one ends where the live one is: events that were skipped never
arrived, and late ones come late again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from pymongo import ReturnDocument

from services.reporting import journal
from services.reporting.model import GENERATIONS, NAME, Model, current, measure
from shared.errors import TramaError
from shared.mongo import Client, Database, Session, transact
from shared.together import together

PAGE = 2_000
CONCURRENT = 4
"""How many logs are followed at the same time: while the database writes for one, the next is folded."""
CLOSE = 200
"""So few events behind, the rest is done within the switch."""
log = structlog.get_logger(__name__)
Progress = Callable[[int, int], None]


class Superseded(TramaError):
    """Another rebuild has begun meanwhile, and removed what this one had made; what serves was not changed."""


async def rebuild(client: Client, database: Database, progress: Progress) -> dict[str, Any]:
    """Build, catch up, switch; what `measure` tells of the result. `progress(done, total)` counts events.

    The one that began last wins: one that stood still meanwhile raises `Superseded`. One that dies leaves collections
    behind that the next one removes. Raises `journal.Incomplete` if the journal has lost events. What served before
    goes on serving then.
    """
    model = await _begin(database)
    at: dict[str, int] = {}
    while True:
        await _catch_up(client, model, at, progress)
        if await _behind(database, at) <= CLOSE:
            break
    await transact(client, lambda session: _switch(model, dict(at), session))
    log.info("read_model_switched", generation=model.generation, events=sum(at.values()))
    async with await client.start_session(snapshot=True) as snapshot:
        return await measure(await current(database, snapshot), snapshot)


async def _begin(database: Database) -> Model:
    """A new generation. Older ones go only now: at a switch, readers may still be in the one that served before."""
    numbers = await database[GENERATIONS].find_one_and_update(
        {"_id": NAME}, {"$inc": {"last": 1}}, upsert=True, return_document=ReturnDocument.AFTER
    )
    serving = (await current(database)).generation
    for name in await database.list_collection_names():
        kind, _, number = name.partition("_")
        if kind in ("sheets", "totals") and number.isdigit() and int(number) not in (serving, numbers["last"]):
            await database.drop_collection(name)
    model = Model(database, numbers["last"])
    await model.prepare()
    return model


async def _behind(database: Database, at: dict[str, int]) -> int:
    return sum(d["arrival"] - at.get(name, 0) for name, d in (await journal.seen(database)).items())


async def _catch_up(client: Client, model: Model, at: dict[str, int], progress: Progress) -> None:
    """Take what has arrived by now, several logs side by side: they share no document."""
    seen = await journal.seen(model.database)
    total, gate = sum(document["arrival"] for document in seen.values()), asyncio.Semaphore(CONCURRENT)

    async def follow(name: str, end: int) -> None:
        async with gate:
            while at[name] < end:
                at[name] = await transact(client, lambda session: _page(model, session, name, at[name]))
                done = sum(at.values())
                progress(done, max(done, total))

    for name in seen:
        at.setdefault(name, 0)
    await together(follow(name, document["arrival"]) for name, document in seen.items())


async def _page(model: Model, session: Session, name: str, after: int) -> int:
    """Take the next events of a log; the arrival number of the last one."""
    await _still_last(model, session)
    documents = await journal.follow(model.database, name, after, PAGE, session)
    await model.apply(session, [journal.recorded(document) for document in documents])
    return int(documents[-1]["arrival"])


async def _still_last(model: Model, session: Session) -> None:
    if await model.database[GENERATIONS].find_one({"_id": NAME, "last": model.generation}, session=session) is None:
        raise Superseded(f"a later rebuild than number {model.generation} has begun: this one ends")


async def _switch(model: Model, at: dict[str, int], session: Session) -> None:
    """Take what is left, and serve from here. It touches every log: of a batch at work and the switch one repeats."""
    database = model.database
    mine = {"_id": NAME, "last": model.generation}
    serve = {"$set": {"current": model.generation}}
    if (await database[GENERATIONS].update_one(mine, serve, session=session)).matched_count == 0:
        raise Superseded(f"a later rebuild than number {model.generation} has begun: this one ends")
    await database[journal.SEEN].update_many({}, {"$set": {"generation": model.generation}}, session=session)
    for name, document in (await journal.seen(database, session)).items():
        after = at.get(name, 0)
        while after < document["arrival"]:
            after = await _page(model, session, name, after)
        if after != document["arrival"]:
            raise journal.Incomplete(name, min(after, document["arrival"]) + 1)
