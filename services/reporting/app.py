"""Reporting, wired."""

from __future__ import annotations

from fastapi import FastAPI

import services.reporting as reporting
from services.reporting import api
from services.reporting.inbox import TOPICS, projection
from services.reporting.model import NAME, prepare
from services.reporting.rebuild import rebuild
from services.reporting.settings import Settings
from shared.serve import application
from shared.service import Service


def create(settings: Settings) -> FastAPI:
    """The application; nothing connects before it is served."""
    service = Service(settings, topic=None)
    service.at_start.append(lambda: prepare(service.database))
    for topic in TOPICS:
        service.follow(topic, f"figures-{topic.partition('.')[2]}", apply=projection(service.database))
    service.rebuilders[NAME] = lambda progress: rebuild(service.client, service.database, progress)
    return application(service, api.router, description=reporting.__doc__ or "")
