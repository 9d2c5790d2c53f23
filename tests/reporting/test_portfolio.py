"""The existing portfolio from headquarters' registration to reports and streams, through all services."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from shared.programme.clusters import slug
from tests.reporting.test_api import EXAMPLES, figure, read
from tests.reporting.test_streams import first, following, number
from tests.running import Programme, until

BRAZIL: dict[str, Any] = json.loads(EXAMPLES.joinpath("approved-projects.json").read_text("utf-8"))["projects"][2]
WAS, BECOMES = {"name": "Paraná", "subdivision": "BR-PR"}, {"name": "Paragominas", "subdivision": "BR-PA"}


@pytest.fixture
def wood() -> str:
    """A sector of this test's own, so that its clusters are too."""
    return f"Madera {uuid.uuid4().hex[:8]}"


async def registered(services: Programme, wood: str) -> dict[str, Any]:
    """A project like Brazil's, once it is in the portfolio."""
    localities = [*BRAZIL["localities"][:2], {"sector": {"es": wood}, "territory": WAS}]
    body = BRAZIL | {"title": {"es": f"Distritos: {wood}"}, "localities": localities}
    token = services.token("headquarters")
    answer = await services.ask("evaluation", "POST", "/approvals", token, json=body)
    assert answer.status_code == 201, answer.text
    project_id = answer.json()["project_id"]

    async def there() -> dict[str, Any]:
        found = await portfolio(services)
        return next((p for p in found if p["project_id"] == project_id), {})

    return await until(there)


async def portfolio(services: Programme, query: str = "", limit: int = 200) -> list[dict[str, Any]]:
    """All pages."""
    path = f"/reports/portfolio?country=BR{query}&limit={limit}"
    projects: list[dict[str, Any]] = []
    after = ""
    while after is not None:
        found = await read(services, path + after, services.token("headquarters"))
        projects += found["projects"]
        after = found["next"] and f"&after={found['next']}"
    assert found["count"] == len(projects)
    return projects


async def test_the_portfolio_goes_on_page_by_page(services: Programme, wood: str) -> None:
    for n in range(3):
        await registered(services, f"{wood}{n}")
    recorded = (await read(services, "/reports/countries/BR", services.token("headquarters")))["seen"]
    known = recorded["newest_recorded"].replace("+00:00", "Z")
    for query in (f"&known_at={known}", f"&known_at={known}&as_of=2002-06-26"):
        whole = await portfolio(services, query)
        assert await portfolio(services, query, 1) == await portfolio(services, query, 2) == whole
        assert len(whole) >= 3
        assert whole == sorted(whole, key=lambda p: (p["approved_on"], p["project_id"]))
    assert await portfolio(services, "&known_at=2020-01-01T00:00:00Z") == []


async def test_a_page_begins_behind_a_project(services: Programme) -> None:
    for after in ("2002", "x/y", "2002-06-26", "2002-06-26/"):
        found = await read(services, f"/reports/portfolio?after={after}", services.token("headquarters"), 422)
        assert found["errors"][0]["parameter"] == "query/after"


async def test_a_project_in_a_country_that_is_not_its_own_is_refused(services: Programme) -> None:
    token = services.token("headquarters")
    body = BRAZIL | {"country": "CO", "title": {"es": f"Ajeno {uuid.uuid4().hex}"}}
    answer = await services.ask("evaluation", "POST", "/approvals", token, json=body)
    assert answer.status_code == 422, answer.text
    errors = answer.json()["errors"]
    assert errors[0]["pointer"] == "/localities/0/territory/subdivision"
    assert errors[0]["rule"] == "foreign_subdivision"
    assert errors[0]["detail"] == "BR-RJ is not of the project's country, CO"


async def test_a_historical_project_counts_from_its_approval_with_what_is_known_of_it(
    services: Programme, wood: str
) -> None:
    project = await registered(services, wood)
    assert (project["approved_on"], project["typology"], project["firms"]) == ("2002-06-26", None, None)
    assert project["fund_amount"] == {"currency": "USD", "value": "2075000"}
    assert project["counterpart_planned"] is None
    assert len(project["clusters"]) == 3
    before = await portfolio(services, "&as_of=2002-06-25")
    on_the_day = await portfolio(services, "&as_of=2002-06-26")
    assert project["project_id"] not in [p["project_id"] for p in before]
    assert project["project_id"] in [p["project_id"] for p in on_the_day]


async def test_a_corrected_place_moves_the_cluster_and_its_followers_are_told(services: Programme, wood: str) -> None:
    token = services.token("headquarters")
    project = await registered(services, wood)
    parana, para = f"br-pr--{slug(wood)}", f"br-pa-paragominas--{slug(wood)}"
    started = project["events"][0]
    recorded = (await read(services, f"/events/{started}", token))["recorded"]
    live = await read(services, f"/clusters/{parana}", token)
    assert (live["place"], live["sector"]) == ("Paraná", {"es": wood})
    assert (figure(live, "fund_amount")["value"], figure(live, "fund_amount")["shared_by"]) == ("2075000", 3)
    async with following(services, "clusters", token) as events:
        seq, _, _ = await first(events, lambda name, data: data.get("subject") == parana)
        correction = await corrected(services, project["project_id"], started, wood)
        mine = [await first(events, lambda name, data: told_key(data) in (parana, para)) for _ in range(2)]
    assert {(name, told_key(data)) for _, name, data in mine} == {("removed", parana), ("row", para)}
    assert all(number(id_) > number(seq) for id_, _, _ in mine)
    assert (await read(services, f"/clusters/{parana}", token))["figures"] == []
    now = await read(services, f"/reports/clusters/{para}", token)
    assert now["place"] == "Paragominas"
    assert all(correction in f["events"] and started in f["events"] for f in now["figures"])
    then = await read(services, f"/reports/clusters/{parana}?known_at={recorded}", token)
    assert figure(then, "projects_started")["events"] == [started]
    assert (await read(services, f"/reports/clusters/{para}?known_at={recorded}", token))["figures"] == []


def told_key(data: dict[str, Any]) -> str:
    key: str = data["subject"] if "subject" in data else data["key"]
    return key


async def corrected(services: Programme, project_id: str, started: str, wood: str) -> str:
    body = {"corrects": started, "index": 2, "becomes": BECOMES | {"sector": {"es": wood}}, "reason": "announcement"}
    path = f"/projects/{project_id}/corrections/places"
    answer = await services.ask("monitoring", "POST", path, services.token("headquarters"), json=body)
    assert answer.status_code == 200, answer.text
    event: str = answer.json()["events"][0]
    return event


async def test_an_operator_rebuilds_the_figures_while_they_are_read(services: Programme, wood: str) -> None:
    project = await registered(services, wood)
    token, operator = services.token("headquarters"), services.token("operator")
    before = await read(services, "/reports/countries/BR", token)
    answer = await services.ask("reporting", "POST", "/admin/rebuilds", operator, json={"projection": "figures"})
    assert answer.status_code == 202, answer.text

    async def done() -> dict[str, Any]:
        job: dict[str, Any] = await read(services, f"/admin/rebuilds/{answer.json()['id']}", operator)
        assert job["state"] in ("running", "done"), job
        live = await read(services, "/countries/BR", token)
        assert int(figure(live, "projects_started")["value"]) >= int(figure(before, "projects_started")["value"])
        return job if job["state"] == "done" else {}

    result = (await until(done))["result"]
    assert result["differences"] == []
    assert result["generation"] > 1
    assert project["project_id"] in [p["project_id"] for p in await portfolio(services)]
