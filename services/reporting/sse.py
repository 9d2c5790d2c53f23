"""The doors of the streams: Server-Sent Events, resumable with Last-Event-ID on any replica."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Header, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from services.reporting import following
from services.reporting.following import Bell, Number, Sent
from services.reporting.journal import Incomplete
from services.reporting.queries import within
from services.reporting.sources import ACTIONS, may_read, require
from shared.errors import Unavailable
from shared.http import FieldError, Language, Problem, allow, language
from shared.http.wording import detail
from shared.roles import Caller
from shared.service import Here, Service

HEARTBEAT = 15
"""Seconds between two comments that keep the connection known to be alive."""
LONGEST = 3600.0
"""Seconds after which a stream ends, so that its follower shows a token again and resumes; the token may end before."""
SOURCES = {"proposals": "intake", "scoring": "evaluation", "projects": "monitoring"}
log = structlog.get_logger(__name__)
router = APIRouter(tags=["streams"])
Follower = Annotated[Caller, allow("stream.read")]
Speaks = Annotated[Language, Depends(language)]
LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", max_length=8_000, description="`id` of the last event that was received")
]
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-Sent Events", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
}


def bell_of(request: Request) -> Bell:
    """A dependency: what wakes the followers of this process."""
    bell: Bell = request.app.state.bell
    return bell


@router.get("/streams/{stream}", summary="Follow a stream", responses=STREAM, response_class=EventSourceResponse)
async def follow_stream(
    caller: Follower,
    here: Here,
    bell: Annotated[Bell, Depends(bell_of)],
    speaks: Speaks,
    stream: Literal["countries", "clusters", "proposals", "scoring", "projects"],
    last: LastEventId = None,
) -> EventSourceResponse:
    """What happens within the caller's reach, as it happens; with Last-Event-ID all that came behind that event.

    `countries` and `clusters`: first every key as it stands (`row`), then every change; `removed` when a key is gone.
    `proposals`, `scoring` and `projects`: the events of that topic under their type, from now on; behind the id `0`,
    from the beginning; those that their own service would show to the caller. The stream ends with the token, at the
    latest.
    """
    try:
        found = _stream(here, bell, caller, stream, last)
    except ValueError:
        raise _wrong_id(speaks) from None
    return EventSourceResponse(_events(found), ping=HEARTBEAT, send_timeout=HEARTBEAT)


def _stream(here: Service, bell: Bell, caller: Caller, stream: str, last: str | None) -> AsyncIterator[Sent]:
    """Raises `ValueError` for an id that is not of this stream."""
    until = asyncio.get_running_loop().time() + min(LONGEST, caller.expires - time.time())
    reach = caller.reach("stream.read")
    if stream in SOURCES:
        source = SOURCES[stream]
        require(caller, ACTIONS[source])
        at = None if last is None else following.read(last, source)
        return following.events(here.database, bell, source, partial(may_read, caller, "stream.read"), at, until)
    after = None if last is None else Number.read(last)
    return following.rows(here.database, bell, stream, within(reach, None), after, until)


async def _events(stream: AsyncIterator[Sent]) -> AsyncIterator[ServerSentEvent]:
    try:
        async for sent in stream:
            yield ServerSentEvent(sent.data, event=sent.event, id=sent.id)
    except Unavailable as error:  # the follower resumes, here or on another replica
        log.warning("stream_broken_off", reason=str(error))
    except Incomplete as error:
        log.error("stream_broken_off", reason=str(error))


_WRONG = {
    "es": ("no es un id de esta serie", "use el id del último evento recibido, u omítalo"),
    "pt": ("não é um id desta série", "use o id do último evento recebido, ou omita-o"),
    "en": ("is no id of this stream", "use the id of the last event that was received, or leave it out"),
}


def _wrong_id(speaks: Language) -> Problem:
    told, fix = _WRONG[speaks]
    error = FieldError(parameter="header/Last-Event-ID", rule="stream.id", detail=told, fix=fix)
    return Problem(422, "validation", detail("validation", speaks, count=1), errors=[error])
