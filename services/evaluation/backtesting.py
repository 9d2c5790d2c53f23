"""Past proposals under a changed policy. Writes nothing; the rules run in a thread, so that other requests go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from services.evaluation import queries
from shared.mongo import patiently
from shared.programme.backtest import Backtest, backtest
from shared.programme.past import past_of
from shared.programme.policy import Policy, parse_policy
from shared.service import Service

CHUNK = 100
"""How many proposals are read and tried at a time."""
# one thread: back-tests of several callers wait for one another instead of for the doors
_THREAD = ThreadPoolExecutor(1, "backtest")
R = TypeVar("R")


async def run(service: Service, text: str) -> tuple[Policy, Backtest]:
    """The policy that `text` holds, and what would flip against the policies that applied.

    Raises `PolicyError` if the text is no policy.
    """
    new = await _aside(parse_policy, text)
    old: dict[str, Policy] = {}
    total, last = Backtest(), ""
    while chunk := await _chunk(service, last):
        for version in {document["policy"] for document in chunk} - set(old):
            old[version] = await _policy(service, version)
        add(total, await _aside(try_out, chunk, old, new))
        last = chunk[-1]["_id"]
    return new, total


def try_out(submissions: Sequence[Mapping[str, Any]], old: Mapping[str, Policy], new: Policy) -> Backtest:
    """What would flip among these submissions. Pure."""
    total = Backtest()
    for version in sorted({submission["policy"] for submission in submissions}):
        past = ((s["proposal_id"], past_of(s["proposal"])) for s in submissions if s["policy"] == version)
        add(total, backtest(past, old[version], new))
    return total


def add(total: Backtest, part: Backtest) -> None:
    """Add a part's figures to the total."""
    total.tried += part.tried
    total.flips += part.flips
    total.counts.update(part.counts)
    total.rules.update(part.rules)


async def _aside(work: Callable[..., R], *given: Any) -> R:
    return await asyncio.get_running_loop().run_in_executor(_THREAD, work, *given)


async def _chunk(service: Service, last: str) -> list[dict[str, Any]]:
    query = {"_id": {"$gt": last}}
    found = service.database["submissions"]
    return await patiently(lambda: found.find(query, sort=[("_id", 1)], limit=CHUNK).to_list(CHUNK))


async def _policy(service: Service, version: str) -> Policy:
    found = await queries.policy(service, version)
    if found is None:
        raise LookupError(f"proposals were assessed under policy {version}, which is not in the record")
    return await _aside(parse_policy, found["text"])
