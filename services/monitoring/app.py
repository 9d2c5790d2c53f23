"""Monitoring, wired."""

from __future__ import annotations

from fastapi import FastAPI

import services.monitoring as monitoring
from services.monitoring import api, inbox, projection
from services.monitoring.settings import Settings
from shared import paging
from shared.serve import application
from shared.service import Service


def create(settings: Settings) -> FastAPI:
    """The application; nothing connects before it is served."""
    service = Service(settings, topic="monitoring.projects")
    service.at_start.append(lambda: paging.index(service.database, "projects"))
    service.follow("monitoring.projects", "projects", project=[projection.PROJECTS])
    service.follow("evaluation.scoring", "approvals", react=inbox.Inbox(service).react, to=inbox.ACTS_ON)
    return application(service, api.router, description=monitoring.__doc__ or "")
