"""An error as logs, alarms, parked entries and dead letters may tell it: what is wrong, never what a document says.

The messages of the database and of validation quote what they were given; of those only the class, the codes, and the
names of keys and fields are told.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bson.errors import BSONError
from pydantic import ValidationError
from pymongo.errors import BulkWriteError, DocumentTooLarge, OperationFailure, WriteConcernError

LIMIT = 2_000
FIELDS = 20
"""How many fields or codes are named at most."""


def told(error: BaseException) -> str:
    """The error as an operator reads it, at most 2,000 characters."""
    name = type(error).__name__
    if isinstance(error, ValidationError):
        return _joined(name, _fields(error))
    if isinstance(error, BulkWriteError):
        return _joined(name, _failures(error.details))
    if isinstance(error, OperationFailure | WriteConcernError):
        return _joined(name, [_failure({**(error.details or {}), "code": error.code})])
    if isinstance(error, BSONError | DocumentTooLarge):
        return name
    if isinstance(error, BaseExceptionGroup):
        return _joined(name, (told(inner) for inner in error.exceptions))
    return f"{name}: {error}"[:LIMIT]


def trace(error: BaseException) -> str:
    """Where it happened: the calls alone."""
    return "".join(traceback.format_tb(error.__traceback__))


def _joined(name: str, parts: Iterable[str]) -> str:
    found = list(dict.fromkeys(parts))
    more = [f"{len(found) - FIELDS} more"] if len(found) > FIELDS else []
    return f"{name}: {'; '.join(found[:FIELDS] + more)}"[:LIMIT]


def _fields(error: ValidationError) -> Iterator[str]:
    """What is wrong, and by which rule. A place may be a key of the data: only what may be a name is told."""
    for found in error.errors(include_input=False, include_context=False, include_url=False):
        place = (str(part) if isinstance(part, int) or part.isidentifier() else "?" for part in found["loc"])
        yield f"{'.'.join(place) or 'the whole'} ({found['type']})"


def _failures(details: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("writeErrors", "writeConcernErrors"):
        yield from map(_failure, details.get(kind, ()))


def _failure(found: Mapping[str, Any]) -> str:
    text = f"code {found.get('code')}"
    if found.get("codeName"):
        text += f" ({found['codeName']})"
    if found.get("keyPattern"):
        text += f", key {', '.join(found['keyPattern'])}"
    return text
