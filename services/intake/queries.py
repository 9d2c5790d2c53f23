"""What intake answers from its own documents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import structlog

from services.intake.projection import PROPOSALS
from shared.mongo import patiently
from shared.paging import page, within
from shared.programme.policy import Policy, PolicyError, parse_policy
from shared.programme.policy_time import Published, in_force_at
from shared.roles import Reach
from shared.service import Service

log = structlog.get_logger(__name__)
NOT_LISTED = {"proposal": 0}


async def proposal(service: Service, proposal_id: str) -> dict[str, Any] | None:
    """The proposal as it is now, one's own writes included, with how evaluation saw it; None if there is none."""
    document = await service.kept_document(PROPOSALS, f"proposal-{proposal_id}")
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


async def policy(service: Service, moment: datetime) -> Policy | None:
    """The policy that evaluation applies to what is recorded at `moment`, of those that have arrived.

    None if none has, or if it is of a later release than this code: never another one in its place.
    """
    fields = {"version": 1, "hash": 1, "effective": 1, "recorded": 1}
    found = await patiently(lambda: service.database["policies"].find({}, fields).to_list(None))
    try:
        version = in_force_at([_published(document) for document in found], moment).version
    except LookupError:
        return None
    digest = next(document["hash"] for document in found if document["version"] == version)
    return _parsed.get(digest) or await _parse(service, digest)


def _published(document: dict[str, Any]) -> Published:
    effective, recorded = date.fromisoformat(document["effective"]), datetime.fromisoformat(document["recorded"])
    return Published(document["version"], effective, recorded)


async def _parse(service: Service, digest: str) -> Policy | None:
    document = await patiently(lambda: service.database["policies"].find_one({"hash": digest}))
    try:
        return _parsed.setdefault(digest, parse_policy(document["text"])) if document else None
    except PolicyError as error:
        log.warning("a policy that this release can't apply", hash=digest, problems=str(error))
        return None
