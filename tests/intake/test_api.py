"""Intake's doors as an office uses them, on real servers."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from importlib.resources import files
from typing import Any

import pytest

from services.intake.directory import secret
from tests.running import Programme, until

NETWORK: dict[str, Any] = json.loads(
    files("shared.programme").joinpath("examples/network-coffee-co.json").read_text("utf-8")
)


@pytest.fixture
def office(services: Programme) -> str:
    return services.token("country_office", "CO")


async def submit(services: Programme, token: str, key: str | None = None, **change: Any) -> dict[str, Any]:
    answer = await services.ask("intake", "POST", "/proposals", token, key=key, json=NETWORK | change)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_proposal_is_submitted_once_however_often_it_is_sent(services: Programme, office: str) -> None:
    key = uuid.uuid4().hex
    first, again = await submit(services, office, key), await submit(services, office, key)
    assert not first["repeated"]
    assert again["repeated"]
    assert first["proposal_id"] == again["proposal_id"]
    assert first["events"] == again["events"]
    assert first["reference"].startswith("CO-")
    other = await services.ask(
        "intake", "POST", "/proposals", office, key=key, json=NETWORK | {"office": "Another office"}
    )
    assert other.status_code == 409


async def test_ones_own_writes_are_read_at_once_and_listed_soon(services: Programme, office: str) -> None:
    made = await submit(services, office)
    path = f"/proposals/{made['proposal_id']}"
    shown = (await services.ask("intake", "GET", path, office, language="es")).json()
    assert shown["status"] == "open"
    assert shown["title"] == NETWORK["title"]["es"]

    async def listed() -> bool:
        answer = await services.ask("intake", "GET", "/proposals?country=CO&limit=200", office)
        return made["proposal_id"] in [item["proposal_id"] for item in answer.json()["items"]]

    await until(listed)


async def test_lists_go_on_page_by_page_without_a_gap(services: Programme, office: str) -> None:
    made = {(await submit(services, office))["proposal_id"] for _ in range(3)}

    async def pages() -> set[str]:
        found: list[str] = []
        after = ""
        while True:
            answer = (await services.ask("intake", "GET", f"/proposals?limit=2{after}", office)).json()
            found += [item["proposal_id"] for item in answer["items"]]
            if answer["next"] is None:
                break
            after = f"&after={answer['next']}"
        assert len(found) == len(set(found))
        return set(found) if made <= set(found) else set()

    await until(pages)


@pytest.mark.parametrize("place", ["/proposals", "/people"])
@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        '["\\ud800", "x"]',
        '["2026-01-02T12:00:00+00:00", "\\ud800"]',
        '["yesterday", "x"]',
        '{"2026-01-02": 1, "b": 2}',
        '["2026-01-02", "x", "y"]',
        '["2026-01-02", 1]',
        "[" * 250,
    ],
)
async def test_a_made_up_cursor_is_refused_by_its_name(services: Programme, office: str, place: str, text: str) -> None:
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    wrong = await services.ask("intake", "GET", f"{place}?after={cursor}", office)
    assert wrong.status_code == 422, wrong.text
    [found] = wrong.json()["errors"]
    assert (found["parameter"], "next" in found["fix"]) == ("query/after", True)


async def test_a_revision_replaces_what_the_office_has_seen_and_nothing_else(services: Programme, office: str) -> None:
    path = f"/proposals/{(await submit(services, office))['proposal_id']}"
    revised = NETWORK | {"office": "Bogotá"}
    first = await services.ask("intake", "PUT", path, office, json={"replaces": 1, "proposal": revised})
    assert first.json()["revision"] == 2
    stale = await services.ask("intake", "PUT", path, office, json={"replaces": 1, "proposal": NETWORK})
    assert (stale.status_code, stale.json()["code"]) == (409, "state.outdated")
    withdrawn = await services.ask("intake", "POST", f"{path}/withdrawal", office, json={"reason": "no funds"})
    assert withdrawn.json()["status"] == "withdrawn"
    late = await services.ask("intake", "PUT", path, office, json={"replaces": 2, "proposal": NETWORK})
    assert (late.status_code, late.json()["code"]) == (409, "state.withdrawn")


async def test_tax_ids_stay_in_the_directory_and_never_enter_the_record(services: Programme, office: str) -> None:
    agency = NETWORK["executing_agency"] | {"tax_id": "NIT 900.123.456-7"}
    made = await submit(services, office, executing_agency=agency)
    database = services.apps["intake"].state.service.database
    commit = await database["commits"].find_one({"stream": f"proposal-{made['proposal_id']}"})
    assert "900.123.456" not in commit["events"][0]
    ref = json.loads(commit["events"][0])["data"]["proposal"]["executing_agency"]["tax_ref"]
    assert (await database["directory"].find_one({"_id": ref}))["value"] == "NIT 900.123.456-7"


def with_tax_id(number: str, **change: Any) -> dict[str, Any]:
    return NETWORK | {"executing_agency": NETWORK["executing_agency"] | {"tax_id": number}} | change


async def test_a_recorded_tax_id_outlives_whoever_used_the_same_key_for_something_else(
    services: Programme, office: str
) -> None:
    """Of two requests at once under one key only one is recorded: what it refers to stays, of the other nothing."""
    directory = services.apps["intake"].state.service.database["directory"]

    async def race(number: int) -> None:
        key = uuid.uuid4().hex
        ours, theirs = f"NIT {key}-1", f"NIT {key}-{number % 2 + 1}"  # half of them differ in the tax id too
        documents = [with_tax_id(ours), with_tax_id(theirs, office="Another office")]
        sent = [services.ask("intake", "POST", "/proposals", office, key=key, json=document) for document in documents]
        answers = await asyncio.gather(*sent)
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        won = 0 if answers[0].status_code == 201 else 1
        path = f"/proposals/{answers[won].json()['proposal_id']}"
        shown = (await services.ask("intake", "GET", path, office)).json()
        kept = await directory.find({"value": {"$regex": key}}).to_list(None)
        assert [entry["_id"] for entry in kept] == [shown["proposal"]["executing_agency"]["tax_ref"]]
        assert kept[0]["value"] == [ours, theirs][won]

    for first in range(0, 40, 8):
        await asyncio.gather(*(race(number) for number in range(first, first + 8)))


async def test_a_refused_revision_leaves_no_tax_id_behind(services: Programme, office: str) -> None:
    made = await submit(services, office)
    number = f"NIT {uuid.uuid4().hex}"
    body = {"replaces": 7, "proposal": with_tax_id(number)}
    answer = await services.ask("intake", "PUT", f"/proposals/{made['proposal_id']}", office, json=body)
    assert answer.json()["code"] == "state.outdated"
    assert await services.apps["intake"].state.service.database["directory"].find_one({"value": number}) is None


async def test_nobody_finds_a_tax_id_by_trying_all_of_them(services: Programme, office: str) -> None:
    """The same tax id in the same place has another reference in another request: nothing to compare with."""
    refs = set()
    for _ in range(2):
        path = f"/proposals/{(await submit(services, office, **with_tax_id('NIT 1')))['proposal_id']}"
        shown = (await services.ask("intake", "GET", path, office)).json()
        refs.add(shown["proposal"]["executing_agency"]["tax_ref"])
    assert len(refs) == 2
    assert len(await secret(services.apps["intake"].state.service.database)) == 32


async def test_a_breach_of_the_arithmetic_names_the_field_the_rule_and_the_fix(
    services: Programme, office: str
) -> None:
    budget = NETWORK["budget"] | {"fund_amount": "1.00"}
    answer = await services.ask(
        "intake", "POST", "/proposals", office, json=NETWORK | {"budget": budget}, language="pt"
    )
    assert answer.status_code == 422
    found = answer.json()["errors"]
    assert {"/budget/lines", "/budget/tranches"} <= {error["pointer"] for error in found}
    assert all(error["fix"] and error["rule"] for error in found)


async def test_a_proposal_that_evaluation_could_not_keep_is_refused_at_the_door(
    services: Programme, office: str
) -> None:
    """Evaluation records it together with its findings; what would not fit there is told to the office here."""
    activity = NETWORK["activities"][0]
    long = [activity | {"id": f"a{i}", "title": {"es": "x" * 9_000}} for i in range(70)]
    answer = await services.ask("intake", "POST", "/proposals", office, json=NETWORK | {"activities": long})
    assert answer.status_code == 422
    [found] = answer.json()["errors"]
    assert (found["rule"], found["pointer"]) == ("proposal.size", "/activities")
    assert "documents" in found["fix"]


async def test_a_proposal_of_more_firms_than_can_be_recorded_is_told_to_count_them(
    services: Programme, office: str
) -> None:
    """Short as the firms are written, each is recorded with all its fields."""
    groups = [{"name": f"g{i}", "firms": [{"name": "a", "size": "micro"}] * 2_000} for i in range(5)]
    proposal = NETWORK | {"beneficiaries": {"groups": groups}}
    answer = await services.ask("intake", "POST", "/proposals/check", office, json=proposal)
    assert answer.status_code == 422
    [found] = answer.json()["errors"]
    assert (found["rule"], found["pointer"]) == ("proposal.size", "/beneficiaries")
    assert "counts" in found["fix"]


async def test_an_office_reaches_its_own_country_only(services: Programme, office: str) -> None:
    made = await submit(services, office)
    abroad = services.token("country_office", "BR")
    path = f"/proposals/{made['proposal_id']}"
    assert (await services.ask("intake", "POST", "/proposals", abroad, json=NETWORK)).status_code == 403
    assert (await services.ask("intake", "GET", path, abroad)).status_code == 404
    listed = (await services.ask("intake", "GET", "/proposals", abroad)).json()["items"]
    assert all(item["country"] == "BR" for item in listed)


async def test_a_person_is_known_by_an_opaque_id_and_can_be_changed_and_erased(
    services: Programme, office: str
) -> None:
    key, person = uuid.uuid4().hex, {"name": "Ana Gómez", "country": "CO", "email": "ana@example.org"}
    made = (await services.ask("intake", "POST", "/people", office, key=key, json=person)).json()
    again = (await services.ask("intake", "POST", "/people", office, key=key, json=person)).json()
    assert made == again
    path = f"/people/{made['person_id']}"
    changed = await services.ask("intake", "PUT", path, office, json=person | {"name": "Ana María Gómez"})
    assert changed.json()["name"] == "Ana María Gómez"
    assert (await services.ask("intake", "GET", path, services.token("country_office", "BR"))).status_code == 404
    assert (await services.ask("intake", "DELETE", path, office)).status_code == 204
    assert (await services.ask("intake", "GET", path, office)).status_code == 404
