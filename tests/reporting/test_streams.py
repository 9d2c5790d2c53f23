"""Server-sent events as followers get them, on real servers: state, changes, resuming, reach."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from services.reporting import journal
from services.reporting.following import Bell, Number, events, read, told
from shared.mongo import Client, Database
from shared.roles import TABLE, Action, Role
from tests.reporting.test_api import submitted
from tests.running import Programme

Sent = tuple[str, str, dict[str, Any]]


@asynccontextmanager
async def following(
    services: Programme, stream: str, token: str, last: str | None = None
) -> AsyncIterator[AsyncIterator[Sent]]:
    """The events of a stream as (id, name, data); an id without data is given under the name `id`."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": last} if last is not None else {})
    url = f"{services.urls['reporting']}/streams/{stream}"
    async with services.http.stream("GET", url, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[Sent]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif "data" in fields:
            yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}
        elif "id" in fields:
            yield fields["id"], "id", {}
            fields = {}


async def first(events: AsyncIterator[Sent], wanted: Any) -> Sent:
    """The first event that fulfils `wanted(name, data)`."""
    async with asyncio.timeout(60):
        async for sent in events:
            if wanted(sent[1], sent[2]):
                return sent
    raise AssertionError("the stream ended")


def number(id_: str) -> int:
    """How far a feed was at an event of this id."""
    return Number.read(id_).seq


def submissions(data: dict[str, Any]) -> int:
    found = [f for f in data["data"]["figures"] if f["name"] == "proposals_submitted"]
    return int(found[0]["value"]) if found else 0


async def test_a_follower_of_countries_gets_the_state_then_every_change_and_resumes_anywhere(
    services: Programme,
) -> None:
    await submitted(services)
    token = services.token("headquarters")
    async with following(services, "countries", token) as events:
        seq, name, row = await first(events, lambda name, data: data["subject"] == "CO")
        assert (name, row["type"], row["data"]["key"]) == ("row", "country.reported.v1", "CO")
        await submitted(services)
        later, _, changed = await first(
            events, lambda name, data: data["subject"] == "CO" and submissions(data) > submissions(row)
        )
    assert number(later) > number(seq)
    assert changed["data"]["revision"] > row["data"]["revision"]
    async with following(services, "countries", token, seq) as events:
        again, _, resumed = await first(events, lambda name, data: data["subject"] == "CO")
    assert number(again) >= number(later)
    assert submissions(resumed) >= submissions(changed)


async def test_a_number_that_this_feed_never_had_tells_everything_anew(services: Programme) -> None:
    await submitted(services)
    token = services.token("headquarters")
    async with following(services, "countries", token) as events:
        here, _, _ = await first(events, lambda name, data: data["subject"] == "CO")
    for last in (f"{Number.read(here).epoch}.999999999", f"{'0' * 16}.{number(here)}"):
        async with following(services, "countries", token, last) as events:
            assert (await first(events, lambda name, data: data["subject"] == "CO"))[1] == "row"


async def test_events_of_a_topic_come_as_they_were_recorded_and_resume_behind_the_last_one(
    services: Programme,
) -> None:
    token = services.token("headquarters")
    async with following(services, "proposals", token) as events:
        begun, name, _ = await first(events, lambda name, data: True)
        assert name == "id"
        one = await submitted(services)
        place, kind, event = await first(events, lambda name, data: data.get("id") == one)
        assert (kind, event["data"]["country"]) == ("proposal.submitted.v1", "CO")
    two = await submitted(services)
    async with following(services, "proposals", token, begun) as events:
        assert (await first(events, lambda name, data: data.get("id") == one))[2] == event
    async with following(services, "proposals", token, place) as events:
        seen: list[str] = []

        def found(name: str, data: dict[str, Any]) -> bool:
            seen.append(data.get("id", ""))
            return seen[-1] == two

        await first(events, found)
    assert one not in seen
    async with following(services, "proposals", token, "0") as events:
        await first(events, lambda name, data: data.get("id") == one)


async def test_a_position_that_no_log_has_reached_tells_everything_anew(services: Programme) -> None:
    one = await submitted(services)
    for last in ("intake-0:99999999", "intake-0:0,intake-77:1"):
        async with following(services, "proposals", services.token("headquarters"), last) as events:
            await first(events, lambda name, data: data.get("id") == one)


async def test_a_journal_that_has_lost_an_event_ends_the_stream(client: Client, database: Database) -> None:
    await journal.prepare(database)
    await database["seen"].insert_one({"_id": "intake-0", "source": "intake", "arrival": 3, "place": [3, 0]})
    sent = events(database, Bell(), "intake", lambda document: True, {})
    with pytest.raises(journal.Incomplete):
        async with asyncio.timeout(60):
            _ = [one async for one in sent]


async def test_a_stream_ends_with_the_token(services: Programme) -> None:
    now = time.time()
    claims: dict[str, Any] = {"sub": "p", "trama_roles": ["headquarters"], "exp": int(now) + 2}
    for stream in ("countries", "scoring"):
        async with asyncio.timeout(60):
            async with following(services, stream, services.issuer.token(**claims)) as sent:
                _ = [one async for one in sent]
    assert time.time() > now + 1


async def test_an_office_is_sent_its_own_country_only(services: Programme) -> None:
    colombia, brazil = services.token("country_office", "CO"), services.token("country_office", "BR")
    await submitted(services)
    own = await submitted(services, "cluster-furniture-br.json")
    async with following(services, "proposals", brazil, "0") as events:
        countries: list[str] = []
        async with asyncio.timeout(60):
            async for _, name, data in events:
                countries += [data["data"]["country"]] if name != "id" else []
                if data.get("id") == own:
                    break
    assert set(countries) == {"BR"}
    async with following(services, "countries", colombia) as rows:
        assert (await first(rows, lambda name, data: True))[2]["subject"] == "CO"


@pytest.mark.parametrize(
    ("stream", "last"),
    [
        ("countries", "x"),
        ("countries", "17"),
        ("countries", f"{'0' * 16}.-1"),
        ("proposals", "monitoring-0:1"),
        ("projects", "monitoring-0"),
        ("scoring", ""),
    ],
)
async def test_an_id_of_another_stream_is_refused(services: Programme, stream: str, last: str) -> None:
    headers = {"Last-Event-ID": last}
    answer = await services.ask(
        "reporting", "GET", f"/streams/{stream}", services.token("headquarters"), headers=headers
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "header/Last-Event-ID"


OWN: dict[str, tuple[Action]] = {
    "proposals": ("proposal.read",),
    "scoring": ("review.read",),
    "projects": ("project.read",),
}
"""What a service's own readers may, whose events a stream tells."""


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("stream", ["countries", "clusters", "proposals", "scoring", "projects"])
async def test_a_stream_lets_in_whom_the_table_names(services: Programme, role: Role, stream: str) -> None:
    url = f"{services.urls['reporting']}/streams/{stream}"
    token = services.token(role.value, "CO", agency="AN-AGENCY")
    async with services.http.stream("GET", url, headers={"Authorization": f"Bearer {token}"}) as answer:
        may = all(role in TABLE[action].roles for action in ("stream.read", *OWN.get(stream, ())))
        assert answer.status_code == (200 if may else 403)
    assert (await services.http.get(url)).status_code == 401


async def test_evaluators_follow_the_scoring(services: Programme) -> None:
    for role in ("evaluator", "committee"):
        url, token = f"{services.urls['reporting']}/streams/scoring", services.token(role)
        async with services.http.stream("GET", url, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status_code == 200


def test_positions_are_read_as_they_are_told() -> None:
    for at in ({}, {"intake-0": 3}, {"intake-11": 1, "intake-2": 7}):
        assert read(told(at), "intake") == at
    for wrong in ("", "intake-0", "intake-0:", "intake-x:1", "intake-0:1,", "intake-0:-1", "evaluation-0:1"):
        with pytest.raises(ValueError, match="is no position of intake"):
            read(wrong, "intake")
