"""What intake answers from its own documents."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.intake.projection import PROPOSALS
from shared.history import recorded
from shared.mongo import patiently
from shared.paging import page, within
from shared.programme.policy import Policy, PolicyError, in_force, parse_policy
from shared.roles import Reach
from shared.service import Service

NOT_LISTED = {"proposal": 0}


async def proposal(service: Service, proposal_id: str) -> dict[str, Any] | None:
    """The proposal as it is now, one's own writes included, with how evaluation saw it; None if there is none.

    The read model is where it begins: not every revision is read anew for each reader.
    """
    stream = f"proposal-{proposal_id}"
    known = await patiently(lambda: service.database[PROPOSALS.collection].find_one({"_id": stream}))
    commits = await service.store.load(stream, known["version"] if known else 0)
    document = PROPOSALS.fold(stream, known, [event for commit in commits for event in recorded(commit)])
    if document is None:
        return None
    seen = await patiently(lambda: service.database["assessments"].find_one({"_id": f"review-{proposal_id}"}))
    return document | {"assessment": seen}


async def proposals(
    service: Service, reach: Reach, country: str | None, status: str | None, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The proposals within reach, newest first, and the cursor of the next page."""
    query = within(reach, country) | ({"status": status} if status else {})
    return await page(service.database, "proposals", query, after, limit, NOT_LISTED)


async def people(
    service: Service, reach: Reach, country: str | None, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The people of the directory within reach."""
    return await page(service.database, "directory", {"kind": "person"} | within(reach, country), after, limit)


_parsed: dict[str, Policy] = {}


async def policy(service: Service, day: date) -> Policy | None:
    """The policy in force on `day`, of those that evaluation has published; None if none has arrived."""
    query = {"effective": {"$lte": day.isoformat()}}
    found = await patiently(lambda: service.database["policies"].find(query).to_list(None))
    policies = [p for d in found if (p := _parse(d["hash"], d["text"])) is not None]
    return in_force(policies, day) if policies else None


def _parse(hash: str, text: str) -> Policy | None:
    if hash not in _parsed:
        try:
            _parsed[hash] = parse_policy(text)
        except PolicyError:  # of a later version than this code: evaluation will apply it, the door can't
            return None
    return _parsed[hash]
