"""What the directory keeps, for how long, and what it keeps nothing of."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.directory import add_person, keep_tax_ids, reference, release_tax_ids, secret, tidy
from shared.eventstore import Draft, open_store
from shared.mongo import Database
from tests.running import Programme

STREAM = "proposal-1"


@pytest.fixture
def office(services: Programme) -> str:
    return services.token("country_office", "CO")


async def keep(database: Database, command: str, attempt: str) -> None:
    await keep_tax_ids(database, "CO", STREAM, command, {f"t-{command}": command}, attempt)


async def kept(database: Database) -> set[str]:
    return {entry["value"] for entry in await database["directory"].find().to_list(None)}


async def test_an_entry_goes_with_its_last_claim(database: Database) -> None:
    for attempt in ("first", "again"):
        await keep(database, "c1", attempt)
    for attempt in ("again", "again", "stranger"):
        await release_tax_ids(database, {"t-c1": "c1"}, attempt)
    assert await kept(database) == {"c1"}
    await release_tax_ids(database, {"t-c1": "c1"}, "first")
    assert await kept(database) == set()


async def test_what_a_process_left_when_it_died_is_settled_by_what_was_recorded(database: Database) -> None:
    """A commit's tax ids stay, whatever comes later; those of a request that recorded nothing are erased."""
    store = await open_store(database, "intake", 1)
    for command in ("recorded", "lost"):
        await keep(database, command, "before the crash")
    await store.append(Draft("recorded", STREAM, 0, ("t.v1",), ("{}",), "f"))
    await tidy(store, database, datetime.now(UTC) - timedelta(hours=1))
    assert await kept(database) == {"recorded", "lost"}
    await tidy(store, database, datetime.now(UTC) + timedelta(seconds=1))
    assert await kept(database) == {"recorded"}
    await keep(database, "recorded", "another payload")
    await release_tax_ids(database, {"t-recorded": "recorded"}, "another payload")
    await tidy(store, database, datetime.now(UTC) + timedelta(seconds=1))
    assert await kept(database) == {"recorded"}
    await store.close()


async def test_references_follow_from_the_request_the_tax_id_and_a_secret_of_the_database(
    database: Database,
) -> None:
    known = await secret(database)
    assert known == await secret(database)
    given = [reference(known, "c", "/a", "1"), reference(known, "c", "/a", "1")]
    others = [reference(known, "d", "/a", "1"), reference(known, "c", "/b", "1"), reference(known, "c", "/a", "2")]
    assert len({*given, *others, reference(b"other", "c", "/a", "1")}) == 5


async def test_nothing_of_what_was_corrected_is_kept(database: Database, services: Programme, office: str) -> None:
    person = {"name": "Ana Vieja", "country": "CO", "email": "vieja@example.org"}
    path, answer = await added(services, office, uuid.uuid4().hex, person)
    await services.ask("intake", "PUT", path, office, json={"name": "Ana Nueva", "country": "CO"})
    directory = services.apps["intake"].state.service.database["directory"]
    document = await directory.find_one({"_id": answer["person_id"]})
    assert "Nueva" in json.dumps(document)
    assert "ieja" not in json.dumps(document)
    first = await add_person(database, "p-1", person, "now")
    elsewhere = await add_person(database, "p-2", person, "now")
    assert first["mark"] != elsewhere["mark"]


@pytest.mark.parametrize(("language", "word"), [("es", "borrada"), ("pt", "apagada"), ("en", "erased")])
async def test_a_late_repetition_does_not_bring_an_erased_person_back(
    services: Programme, office: str, language: str, word: str
) -> None:
    key, person = uuid.uuid4().hex, {"name": "Eva Borrada", "country": "CO"}
    path, answer = await added(services, office, key, person)
    assert (await services.ask("intake", "DELETE", path, office)).status_code == 204
    directory = services.apps["intake"].state.service.database["directory"]
    left = {"_id": answer["person_id"], "kind": "erased"}
    assert await directory.find_one({"_id": answer["person_id"]}) == left
    for body in (person, person | {"name": "Otra"}):
        late = await services.ask("intake", "POST", "/people", office, key=key, json=body, language=language)
        assert (late.status_code, late.json()["code"]) == (410, "person.erased")
        assert word in late.json()["detail"]
    assert await directory.find_one({"_id": answer["person_id"]}) == left
    assert (await services.ask("intake", "GET", path, office)).status_code == 404
    assert (await services.ask("intake", "PUT", path, office, json=person)).status_code == 404
    assert (await services.ask("intake", "DELETE", path, office)).status_code == 404


async def added(services: Programme, office: str, key: str, person: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    answer = await services.ask("intake", "POST", "/people", office, key=key, json=person)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return f"/people/{found['person_id']}", found
