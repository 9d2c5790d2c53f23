"""Reporting, wired."""

from __future__ import annotations

from fastapi import FastAPI

import services.reporting as reporting
from services.reporting import api, changes, feeds, sse
from services.reporting.audit import prove
from services.reporting.following import Bell
from services.reporting.inbox import TOPICS, projection
from services.reporting.model import NAME, prepare
from services.reporting.rebuild import rebuild
from services.reporting.rows import FEEDS
from services.reporting.settings import Settings
from services.reporting.streams import Emitter
from shared.serve import application
from shared.service import Service


def create(settings: Settings) -> FastAPI:
    """The application; nothing connects before it is served."""
    service = Service(settings, topic=None)
    database = service.database
    service.at_start += [lambda: prepare(database), lambda: feeds.prepare(database)]
    for topic in TOPICS:
        service.follow(topic, f"figures-{topic.partition('.')[2]}", apply=projection(database))
    service.rebuilders[NAME] = lambda progress: rebuild(service.client, database, progress)
    service.provers[NAME] = lambda told: prove(service.client, database)
    emitters = [Emitter(service.client, database, feed, settings.kafka) for feed in FEEDS.values()]
    bell = Bell()
    listeners = [bell.note, *(emitter.note for emitter in emitters)]
    service.tasks += [*(emitter.run for emitter in emitters), lambda: changes.watch(database, listeners)]
    app = application(service, api.router, sse.router, description=reporting.__doc__ or "")
    app.state.bell = bell
    return app
