"""Evaluation, wired."""

from __future__ import annotations

from fastapi import FastAPI

import services.evaluation as evaluation
from services.evaluation import api, approvals, inbox, projection, selection
from services.evaluation.publishing import publish, read
from services.evaluation.rulebook import Rulebook
from services.evaluation.settings import Settings
from shared import paging
from shared.serve import application
from shared.service import Service


def create(settings: Settings) -> FastAPI:
    """The application; nothing connects before it is served. Raises `SettingsError` for a wrong policy file."""
    policies = read(settings.policies)
    service = Service(settings, topic="evaluation.scoring")
    service.at_start += [
        lambda: paging.index(service.database, "reviews"),
        lambda: publish(service.store, policies),
    ]
    service.follow("evaluation.scoring", "reviews", project=projection.KEPT)
    service.follow(
        "intake.proposals", "proposals", react=inbox.Inbox(service, Rulebook(service)).react, to=inbox.ACTS_ON
    )
    return application(service, api.router, approvals.router, selection.router, description=evaluation.__doc__ or "")
