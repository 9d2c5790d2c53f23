"""What evaluation answers from its own records and documents."""

from __future__ import annotations

from typing import Any

from services.evaluation.projection import APPROVALS, DETAIL, POLICIES
from shared.mongo import patiently
from shared.paging import page, within
from shared.roles import Reach
from shared.service import Service

Found = dict[str, Any]


async def review(service: Service, proposal_id: str) -> Found | None:
    """The review as it is now, whole; None if there is none."""
    return await service.document(DETAIL, f"review-{proposal_id}")


async def reviews(
    service: Service, reach: Reach, country: str | None, status: str | None, after: str | None, limit: int
) -> tuple[list[Found], str | None]:
    """The reviews within reach, newest first, and the cursor of the next page."""
    query = within(reach, country) | ({"status": status} if status else {})
    return await page(service.database, "reviews", query, after, limit)


async def approval(service: Service, project_id: str) -> Found | None:
    """The approval of a project, which a review or a registration made; None if there is none."""
    registered = await service.document(APPROVALS, f"approval-{project_id}")
    return registered or await service.document(APPROVALS, f"review-{project_id}")


async def policy(service: Service, version: str) -> Found | None:
    """A published policy with its text; None if there is none of this version."""
    return await service.document(POLICIES, f"policy-{version}")


async def policies(service: Service) -> list[Found]:
    """The published policies without their texts, the latest effective one first."""
    order = [("effective", -1), ("version", -1)]
    return await patiently(lambda: service.database["policies"].find({}, {"text": 0}, sort=order).to_list(None))
