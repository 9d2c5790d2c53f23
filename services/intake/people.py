"""Intake's doors to the directory of people. Events name a person by the opaque id that these doors give."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, EmailStr, Field

from services.intake import directory, queries
from services.intake.refusals import ERASED, GONE
from shared.execute import command_id
from shared.http import Language, Problem, allow, idempotency_key, json_body, language, not_found
from shared.mongo import Database
from shared.paging import After, Limit, Page
from shared.programme.text import Country, Line
from shared.roles import Action, Caller
from shared.service import Here

router = APIRouter(tags=["people"])
Speaks = Annotated[Language, Depends(language)]
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
WAS_ERASED: dict[int | str, dict[str, Any]] = {410: {"description": GONE["en"], "content": _PROBLEM}}


class Person(BaseModel):
    """A person as the directory knows them; all of it can be changed and erased."""

    name: Line
    country: Country
    organisation: Line | None = None
    position: Line | None = None
    email: EmailStr | None = None
    phone: Annotated[str, Field(pattern=r"^\+?[0-9 ()/-]{5,30}$")] | None = None


class Known(BaseModel):
    """A person as the directory has them, and the opaque id that events name them by."""

    person_id: str
    name: str
    country: str
    organisation: str | None = None
    position: str | None = None
    email: str | None = None
    phone: str | None = None


@router.post("/people", status_code=201, summary="Add a person", responses=WAS_ERASED)
async def add_person(
    caller: Annotated[Caller, allow("person.write")],
    key: Annotated[str, Depends(idempotency_key)],
    body: Annotated[Person, json_body(Person)],
    speaks: Speaks,
    here: Here,
) -> Known:
    """The id follows from the request: repeating it adds nobody twice."""
    caller.require("person.write", country=body.country)
    name = f"p-{command_id(caller.subject, 'AddPerson', 'people', key)[:20]}"
    recorded = datetime.now(UTC).isoformat()
    try:
        return _known(await directory.add_person(here.database, name, body.model_dump(mode="json"), recorded))
    except directory.Erased:
        raise Problem(410, "erased", ERASED[speaks], title=GONE[speaks], code="person.erased") from None


@router.put("/people/{person_id}", summary="Change a person")
async def change_person(
    caller: Annotated[Caller, allow("person.write")],
    person_id: str,
    body: Annotated[Person, json_body(Person)],
    speaks: Speaks,
    here: Here,
) -> Known:
    """Replaces all that is known of the person."""
    await _person(here.database, caller, "person.write", person_id, speaks)
    caller.require("person.write", country=body.country)
    changed = await directory.change_person(here.database, person_id, body.model_dump(mode="json"))
    if changed is None:
        raise not_found(speaks)
    return _known(changed)


@router.get("/people/{person_id}", summary="A person")
async def read_person(
    caller: Annotated[Caller, allow("person.read")], person_id: str, speaks: Speaks, here: Here
) -> Known:
    """Who it is that an event names."""
    return _known(await _person(here.database, caller, "person.read", person_id, speaks))


@router.get("/people", summary="The people of the directory")
async def list_people(
    caller: Annotated[Caller, allow("person.read")],
    here: Here,
    country: Annotated[str | None, Query(pattern="^[A-Z]{2}$")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[Known]:
    """Those within the caller's reach."""
    found, following = await queries.people(here, caller.reach("person.read"), country, after, limit)
    return Page(items=[_known(person) for person in found], next=following)


@router.delete("/people/{person_id}", status_code=204, summary="Erase a person")
async def erase_person(
    caller: Annotated[Caller, allow("person.erase")], person_id: str, speaks: Speaks, here: Here
) -> Response:
    """Nothing is left but the opaque id in the record, which then names nobody."""
    await _person(here.database, caller, "person.erase", person_id, speaks)
    await directory.erase_person(here.database, person_id)
    return Response(status_code=204)


async def _person(
    database: Database, caller: Caller, action: Action, person_id: str, speaks: Language
) -> dict[str, Any]:
    found = await directory.entry(database, person_id)
    if found is None or found["kind"] != "person" or not caller.may("person.read", country=found["country"]):
        raise not_found(speaks)
    caller.require(action, country=found["country"])
    return found


def _known(document: dict[str, Any]) -> Known:
    return Known.model_validate({**document, "person_id": document["_id"]})
