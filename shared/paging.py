"""Lists, newest first, page by page: the next page is asked for with what the page before gave as `next`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel
from pymongo import ASCENDING, DESCENDING

from shared.errors import Refused
from shared.mongo import Database, patiently
from shared.roles import Reach

MAX_PAGE = 200
After = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="how many at most")]
T = TypeVar("T")
_ORDER = [("recorded", DESCENDING), ("_id", DESCENDING)]
WRONG_CURSOR = {
    "es": "el cursor de página no es de esta lista",
    "pt": "o cursor de página não é desta lista",
    "en": "the page's cursor is not of this list",
}
USE_NEXT = {
    "es": "use el valor `next` de la página anterior, tal cual",
    "pt": "use o valor `next` da página anterior, tal qual",
    "en": "use the value `next` of the page before, as it is",
}


class Page(BaseModel, Generic[T]):
    """Some items, and what to ask the next page with; `next` is None on the last one."""

    items: list[T]
    next: str | None


async def index(database: Database, collection: str) -> None:
    """Make what `page` needs to be fast in a large collection, where it is missing; for a service's start."""
    await database[collection].create_index(_ORDER)
    await database[collection].create_index([("country", ASCENDING), *_ORDER])


async def page(
    database: Database,
    collection: str,
    query: Mapping[str, Any],
    after: str | None,
    limit: int,
    fields: Mapping[str, int] | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """Up to `limit` documents, by `recorded` and `_id` from the newest; raises `Refused` for a wrong cursor."""
    wanted: dict[str, Any] = dict(query)
    if after is not None:
        recorded, name = _place(after)
        older = [{"recorded": {"$lt": recorded}}, {"recorded": recorded, "_id": {"$lt": name}}]
        wanted = {"$and": [wanted, {"$or": older}]}
    found = await patiently(
        lambda: database[collection].find(wanted, fields, sort=_ORDER, limit=limit + 1).to_list(limit + 1)
    )
    more = len(found) > limit
    return found[:limit], _cursor(found[limit - 1]) if more else None


def within(reach: Reach, country: str | None, agency: str = "agency_id") -> dict[str, Any]:
    """The part of a query that keeps to what the caller may see, and to one country if asked for."""
    wanted: list[dict[str, Any]] = [{"country": country}] if country else []
    if not reach.everything:
        wanted.append({"$or": [{"country": {"$in": sorted(reach.countries)}}, {agency: reach.agency or {"$in": []}}]})
    return {"$and": wanted} if wanted else {}


def _cursor(document: Mapping[str, Any]) -> str:
    text = json.dumps([document["recorded"], document["_id"]])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[str, str]:
    try:
        match json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))):
            case [str(recorded), str(name)]:
                datetime.fromisoformat(recorded)
                name.encode()  # half a character can't be asked for
                return recorded, name
    except (binascii.Error, ValueError):
        pass
    raise Refused("paging.cursor", WRONG_CURSOR, fix=USE_NEXT, parameter="query/after")
