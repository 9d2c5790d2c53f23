"""Events that failed by themselves: an operator lists, inspects, retries or skips them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from shared.http import Language, allow, idempotency_key, json_body, language, not_found
from shared.paging import MAX_PAGE, Limit, Page
from shared.parking import Entry, parked_list, parked_one
from shared.parking_orders import request_retry, request_skip
from shared.roles import Caller
from shared.service import Here

router = APIRouter(prefix="/parked")
Reader = Annotated[Caller, allow("parked.read")]
Actor = Annotated[Caller, allow("parked.act")]
Key = Annotated[str, Depends(idempotency_key)]
Speaks = Annotated[Language, Depends(language)]
Name = Annotated[str | None, Query(max_length=200)]


class Skip(BaseModel):
    """Why the event can be done without; it is recorded."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


@router.get("", operation_id="list_parked", summary="What is parked, and what waits behind it")
async def list_parked(
    here: Here, caller: Reader, subscription: Name = None, after: Name = None, limit: Limit = 100
) -> Page[Entry]:
    """By id, without the events' texts."""
    found = await parked_list(here.database, subscription, min(limit, MAX_PAGE), after)
    return Page(items=found, next=found[-1].id if len(found) == limit else None)


@router.get("/{id}", operation_id="read_parked", summary="A parked event, its error and its text")
async def read_parked(here: Here, caller: Reader, id: str, speaks: Speaks) -> Entry:
    """404 once it was retried with success, or skipped."""
    try:
        return await parked_one(here.database, id)
    except LookupError:
        raise not_found(speaks) from None


@router.post("/{id}/retry", status_code=202, operation_id="retry_parked", summary="Ask for a retry of a parked event")
async def retry_parked(here: Here, caller: Actor, id: str, key: Key, speaks: Speaks) -> Entry:
    """The owner of its partition tries it, and its stream after it. It is gone once it succeeded."""
    try:
        return await request_retry(here.database, id, caller.subject, key)
    except LookupError:
        raise not_found(speaks) from None


@router.post("/{id}/skip", status_code=202, operation_id="skip_parked", summary="Ask to leave a parked event out")
async def skip_parked(
    here: Here, caller: Actor, id: str, key: Key, order: Annotated[Skip, json_body(Skip)], speaks: Speaks
) -> Entry:
    """For good, and recorded with the reason. It is gone once the owner of its partition did so."""
    try:
        return await request_skip(here.database, id, order.reason, caller.subject, key)
    except LookupError:
        raise not_found(speaks) from None
