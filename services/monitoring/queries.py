"""What monitoring answers from its own documents."""

from __future__ import annotations

from typing import Any

from services.monitoring.projection import PROJECTS
from shared.paging import page, within
from shared.projection import Document
from shared.roles import Reach
from shared.service import Service

NOT_LISTED = {"entries": 0, "corrections": 0, "activities": 0, "milestones": 0, "results": 0, "places": 0}


async def project(service: Service, project_id: str) -> Document | None:
    """The project as it is now, one's own writes included; None if there is none."""
    return await service.kept_document(PROJECTS, f"project-{project_id}")


async def projects(
    service: Service, reach: Reach, country: str | None, status: str | None, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The projects within reach, newest first, and the cursor of the next page."""
    query = within(reach, country) | ({"status": status} if status else {})
    return await page(service.database, PROJECTS.collection, query, after, limit, NOT_LISTED)
