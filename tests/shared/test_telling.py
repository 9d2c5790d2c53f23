"""Errors are told without what the documents say: no tax id, no text of an event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from pymongo import InsertOne
from pymongo.errors import OperationFailure, PyMongoError

from shared.errors import Unavailable
from shared.faults import is_own
from shared.mongo import Client, Database, is_transient, patiently
from shared.parking import parked_list
from shared.telling import told, trace
from tests.shared.feeding import Tally, fill, log_of

TAX_ID = "NIT 900.123.456-7"


async def failing(work: Callable[[], Awaitable[Any]]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one it is, is what the tests look at
        await work()
    return caught.value


async def test_what_the_database_refuses_is_told_by_class_code_and_key(database: Database) -> None:
    firms = database["firms"]
    await firms.create_index("tax_id", unique=True)
    await firms.insert_one({"tax_id": TAX_ID})
    again = {"_id": TAX_ID, "tax_id": TAX_ID}
    one = await failing(lambda: firms.insert_one(dict(again)))
    bulk = await failing(lambda: firms.bulk_write([InsertOne(dict(again))]))
    many = await failing(lambda: firms.insert_many([dict(again)]))
    assert TAX_ID in str(one)
    assert TAX_ID in str(bulk)
    assert told(one).startswith("DuplicateKeyError: code 11000")
    assert "key tax_id" in told(one)
    assert told(bulk) == told(many) == "BulkWriteError: code 11000, key tax_id"


async def test_a_document_that_fails_the_rules_of_its_collection_is_not_quoted(database: Database) -> None:
    rules = {"$jsonSchema": {"properties": {"amount": {"bsonType": "int"}}}}
    firms = await database.create_collection("firms", validator=rules)
    error = await failing(lambda: firms.insert_one({"amount": TAX_ID}))
    assert TAX_ID in str(error)
    assert told(error).startswith("WriteError: code 121")
    assert TAX_ID not in told(error)


async def test_what_cannot_be_stored_is_not_quoted(database: Database) -> None:
    error = await failing(lambda: database["firms"].insert_one({"tax_id": TAX_ID, "what": {TAX_ID}}))
    assert told(error) == "InvalidDocument"


class Firm(BaseModel):
    shares: dict[str, int]


def test_validation_tells_fields_and_rules_alone() -> None:
    with pytest.raises(ValidationError) as caught:
        Firm.model_validate({"shares": {TAX_ID: TAX_ID, "mine": TAX_ID}})
    assert told(caught.value) == "ValidationError: shares.? (int_parsing); shares.mine (int_parsing)"
    group = ExceptionGroup("two", [caught.value, Unavailable("no answer")])
    assert told(group).endswith("Unavailable: no answer")
    assert TAX_ID not in told(group) + trace(caught.value)


async def test_nothing_of_a_document_reaches_what_is_parked_or_the_dead_letters(
    client: Client, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """A read model whose key another document has already: the whole document is in the error's own text."""
    log = await log_of(await fill(database, 7))
    await database["view_tally"].create_index("secret", unique=True)

    class Secretive(Tally):
        def evolve(self, document: Any, event: Any) -> Any:
            return {**super().evolve(document, event), "secret": TAX_ID}

    tally = Secretive(client, database)
    await tally.take(log)
    parked = [entry for entry in await parked_list(database) if entry.status == "parked"]
    assert {entry.error for entry in parked} == {"BulkWriteError: code 11000, key secret"}
    letters = await database["dead_letters"].find().to_list(None)
    assert len(letters) == len(parked) > 1
    assert TAX_ID not in str([letter["headers"] for letter in letters])
    printed = capsys.readouterr().out
    assert "event_parked" in printed
    assert TAX_ID not in printed


PASSING = {
    "CursorNotFound": 43,
    "CursorKilled": 237,
    "QueryPlanKilled": 175,
    "Interrupted": 11601,
    "SnapshotTooOld": 239,
}
FOR_GOOD = {"BadValue": 2, "Unauthorized": 13, "DocumentValidationFailure": 121, "ChangeStreamHistoryLost": 286}


@pytest.mark.parametrize(("name", "code"), [*PASSING.items(), *FOR_GOOD.items()])
def test_which_codes_of_the_server_pass_by_themselves(name: str, code: int) -> None:
    error = OperationFailure(name, code)
    assert is_transient(error) is (name in PASSING)
    assert not is_own(error)


async def test_a_cursor_that_the_server_lost_is_read_anew(client: Client, database: Database) -> None:
    """As after a fail-over, or when an operator kills it."""
    things = database["things"]
    await things.insert_many([{"n": n} for n in range(10)])
    tries: list[PyMongoError] = []

    async def read() -> list[Any]:
        cursor = things.find(batch_size=2)
        await cursor.next()
        if not tries:
            await database.command("killCursors", "things", cursors=[cursor.cursor_id])
        try:
            return await cursor.to_list(None)
        except PyMongoError as error:
            tries.append(error)
            raise

    assert len(await patiently(read)) == 9
    assert [getattr(error, "code", None) for error in tries] == [43]
