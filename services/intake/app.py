"""Intake, wired."""

from __future__ import annotations

from fastapi import FastAPI

import services.intake as intake
from services.intake import api, directory, inbox, people, projection
from services.intake.settings import Settings
from shared import paging
from shared.serve import application
from shared.service import Service


def create(settings: Settings) -> FastAPI:
    """The application; nothing connects before it is served."""
    service = Service(settings, topic="intake.proposals")
    service.at_start += [
        lambda: paging.index(service.database, "proposals"),
        lambda: paging.index(service.database, "directory"),
        lambda: directory.index(service.database),
    ]
    service.tasks += [lambda: directory.keep_tidy(service.store, service.database)]
    service.follow("intake.proposals", "proposals", project=[projection.PROPOSALS])
    service.follow("evaluation.scoring", "assessments", project=[projection.ASSESSMENTS, projection.POLICIES])
    service.follow("evaluation.scoring", "decisions", react=inbox.Inbox(service).react, to=inbox.ACTS_ON)
    return application(service, api.router, people.router, description=intake.__doc__ or "")
