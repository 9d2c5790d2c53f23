"""Reporting's doors as their readers use them, on real servers."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from tests.running import Programme, until

EXAMPLES = files("shared.programme").joinpath("examples")


@pytest.fixture
def headquarters(services: Programme) -> str:
    return services.token("headquarters")


async def read(services: Programme, path: str, token: str, status: int = 200) -> dict[str, Any]:
    answer = await services.ask("reporting", "GET", path, token)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def submitted(services: Programme, example: str = "network-coffee-co.json") -> str:
    """The id of the event of a new proposal, by default one in Colombia."""
    proposal = json.loads(EXAMPLES.joinpath(example).read_text("utf-8"))
    office = services.token("country_office", proposal["country"])
    answer = await services.ask("intake", "POST", "/proposals", office, json=proposal)
    event: str = answer.json()["events"][0]
    return event


async def reported(services: Programme, token: str, event: str) -> dict[str, Any]:
    """Colombia's report, once the event is in it."""

    async def there() -> dict[str, Any]:
        found = await read(services, "/reports/countries/CO", token)
        return found if any(event in f["events"] for f in found["figures"]) else {}

    return await until(there)


def figure(found: dict[str, Any], name: str) -> dict[str, Any]:
    [one] = [f for f in found["figures"] if f["name"] == name]
    return dict(one)


async def test_a_submission_is_soon_a_figure_that_names_it(services: Programme, headquarters: str) -> None:
    event = await submitted(services)
    found = await reported(services, headquarters, event)
    told = figure(found, "proposals_submitted")
    assert (told["value"], told["shared_by"], told["currency"]) == (str(len(told["events"])), 1, None)
    live = await read(services, "/countries/CO", headquarters)
    assert int(figure(live, "proposals_submitted")["value"]) >= int(told["value"])
    seen = found["seen"]
    assert any(log.startswith("intake-") for log in seen["positions"])
    assert 0 <= seen["age_seconds"] < 60
    assert seen["held_back"] == 0

    async def caught_up() -> bool:
        return (await read(services, "/countries/CO", headquarters))["seen"]["behind"] == 0  # type: ignore[no-any-return]

    await until(caught_up)  # evaluation goes on with what was submitted


async def test_the_event_behind_a_figure_is_shown_as_it_was_recorded(services: Programme, headquarters: str) -> None:
    event = await submitted(services)
    await reported(services, headquarters, event)
    found = await read(services, f"/events/{event}", headquarters)
    assert (found["type"], found["country"], found["event"]["id"]) == ("proposal.submitted.v1", "CO", event)
    commit = await services.apps["intake"].state.service.database["commits"].find_one({"_id": found["command"]})
    assert found["text"] == commit["events"][0]
    assert (found["log"], found["n"], found["hash"]) == (commit["log"], commit["n"], commit["hash"])


async def test_known_at_and_as_of_leave_out_what_came_later(services: Programme, headquarters: str) -> None:
    event = await submitted(services)
    await reported(services, headquarters, event)
    recorded = (await read(services, f"/events/{event}", headquarters))["recorded"]
    path = "/reports/countries/CO"
    with_it = await read(services, f"{path}?known_at={recorded}", headquarters)
    assert event in figure(with_it, "proposals_submitted")["events"]
    assert with_it["known_at"] == recorded
    before = await read(services, f"{path}?known_at=2020-01-01T00:00:00Z", headquarters)
    assert before["figures"] == []
    early = await read(services, f"{path}?as_of=1999-12-31", headquarters)
    assert (early["figures"], early["as_of"]) == ([], "1999-12-31")


@pytest.mark.parametrize(
    ("query", "parameter", "rule"),
    [
        ("as_of=2003-02-30", "query/as_of", "date_from_datetime_parsing"),
        ("as_of=0", "query/as_of", "date_from_datetime_parsing"),
        ("as_of=yesterday", "query/as_of", "date_from_datetime_parsing"),
        ("known_at=2003-01-01T00:00:00", "query/known_at", "timezone_aware"),
        ("known_at=1041379200", "query/known_at", "datetime_from_date_parsing"),
        ("known_at=2003-01-01T25:00:00Z", "query/known_at", "datetime_from_date_parsing"),
        ("known_at=0001-01-01T00:00:00%2B14:00", "query/known_at", "datetime_from_date_parsing"),
        ("known_at=9999-12-31T23:59:59-14:00", "query/known_at", "datetime_from_date_parsing"),
        ("asof=2003-01-01", "query/asof", "unknown_parameter"),
    ],
)
async def test_impossible_bounds_are_refused_with_what_to_write(
    services: Programme, headquarters: str, query: str, parameter: str, rule: str
) -> None:
    found = await read(services, f"/reports/portfolio?{query}", headquarters, 422)
    [error] = found["errors"]
    assert (error["parameter"], error["rule"]) == (parameter, rule)
    assert error["fix"]


async def test_codes_that_no_country_has_are_refused(services: Programme, headquarters: str) -> None:
    for path in ("/countries/XX", "/reports/countries/co", "/clusters?country=ZZ"):
        found = await read(services, path, headquarters, 422)
        assert "CO" in found["errors"][0]["fix"]


async def test_an_office_sees_its_own_country_only(services: Programme) -> None:
    event = await submitted(services)
    own, foreign = services.token("country_office", "CO"), services.token("country_office", "BR")
    await reported(services, own, event)
    assert {item["key"] for item in (await read(services, "/countries", own))["items"]} == {"CO"}
    assert {item["key"] for item in (await read(services, "/reports/countries", foreign))["items"]} <= {"BR"}
    await read(services, "/countries/CO", foreign, 403)
    await read(services, "/reports/countries/CO", foreign, 403)
    await read(services, f"/events/{event}", foreign, 404)
    projects = (await read(services, "/reports/portfolio", foreign))["projects"]
    assert {project["country"] for project in projects} <= {"BR"}


async def test_what_does_not_exist_is_not_found(services: Programme, headquarters: str) -> None:
    for path in ("/clusters/none", "/reports/clusters/none", "/events/none"):
        await read(services, path, headquarters, 404)
    assert (await read(services, "/countries/ZW", headquarters))["figures"] == []


async def test_lists_go_on_page_by_page(services: Programme, headquarters: str) -> None:
    await reported(services, headquarters, await submitted(services))
    for path in ("/countries", "/reports/countries", "/clusters", "/reports/clusters"):
        whole = (await read(services, f"{path}?limit=200", headquarters))["items"]
        found, after = [], ""
        while after is not None:
            page = await read(services, f"{path}?limit=1&after={after}", headquarters)
            found += page["items"]
            after = page["next"]
        assert [item["key"] for item in found] == [item["key"] for item in whole]
