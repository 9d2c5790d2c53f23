"""Evaluation's doors to approvals: headquarters brings in those of the past, and every approval can be read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from pymongo import ReturnDocument

from services.evaluation import queries
from services.evaluation.commands import RegisterApproval, midnight
from services.evaluation.records import APPROVAL
from services.evaluation.terms import historical_id
from shared.contracts.evaluation import ProjectApproved
from shared.errors import IdempotencyConflict, Refused
from shared.execute import Context, command_id, fingerprint
from shared.http import Language, allow, idempotency_key, json_body, language, not_found
from shared.mongo import Database, Document, patiently
from shared.programme.historical import HistoricalProject
from shared.roles import Caller
from shared.service import Here

router = APIRouter(tags=["approvals"])


class Registered(BaseModel):
    """A historical approval and its project's id; `repeated` if it had been registered before, under the same key."""

    project_id: str
    version: int
    events: list[str]
    repeated: bool


class Approved(ProjectApproved):
    """An approval as it was recorded: its terms and plan, the event that holds it, who made it (an opaque id)."""

    event: str
    actor: str
    recorded: str


@router.post("/approvals", status_code=201, summary="Register a historical approval")
async def register_approval(
    caller: Annotated[Caller, allow("approval.register")],
    key: Annotated[str, Depends(idempotency_key)],
    body: Annotated[HistoricalProject, json_body(HistoricalProject)],
    here: Here,
) -> Registered:
    """With its real day; what the source does not say stays unknown."""
    caller.require("approval.register", country=body.country)
    project_id = historical_id(body)
    order = RegisterApproval(project_id=project_id, project=body, at=midnight(body.approved_on))
    # the stream follows from the payload: there, nobody would see that the key was used for another one
    bound = {"_id": command_id(caller.subject, "RegisterApproval", "approvals", key)}
    mark = fingerprint(order, Context(caller.subject, key, key))
    await _bind(here.database, bound, mark)
    try:
        outcome = await here.order(APPROVAL, f"approval-{project_id}", order, caller, key)
    except Refused:
        await patiently(lambda: here.database["keys"].delete_one(bound | {"fingerprint": mark}))
        raise
    events = [event.id for event in outcome.events]
    return Registered(project_id=project_id, version=outcome.version, events=events, repeated=outcome.repeated)


@router.get("/approvals/{project_id}", summary="The approval of a project")
async def read_approval(
    caller: Annotated[Caller, allow("review.read")],
    project_id: str,
    speaks: Annotated[Language, Depends(language)],
    here: Here,
) -> Approved:
    """Of a historical project, or of a proposal, whose project has the same id."""
    found = await queries.approval(here, project_id)
    if found is None or not caller.may("review.read", country=found["country"]):
        raise not_found(speaks)
    return Approved.model_validate(found)


async def _bind(database: Database, bound: Document, mark: str) -> None:
    """From now on the caller's key is this payload's; raises `IdempotencyConflict` if it is another one's."""
    first = {"$setOnInsert": {"fingerprint": mark}}
    kept = await patiently(
        lambda: database["keys"].find_one_and_update(bound, first, upsert=True, return_document=ReturnDocument.AFTER)
    )
    if kept["fingerprint"] != mark:
        raise IdempotencyConflict("this key was used before with another payload: use a new key")
