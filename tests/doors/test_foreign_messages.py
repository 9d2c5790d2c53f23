"""Messages on Kafka that no service of ours wrote, or that nobody can read: seen, kept apart, and all else goes on.

On a Kafka of their own, as what they leave behind would be found by every other test.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from shared.cli.agreement import LogAgreement, worst
from shared.cli.client import Client
from shared.cli.places import Places
from shared.cli.reconcile import look
from shared.cli.tokens import Tokens
from shared.eventstore import Draft
from shared.service import Service
from shared.wire import Headers
from tests.evaluation.test_api import standing
from tests.intake.test_api import NETWORK
from tests.running import SERVICES, Programme, programme, until
from tests.servers import kafka_server

TOPICS = ("intake.proposals", "evaluation.scoring", "monitoring.projects")
PARTITIONS = 2


def headers(**change: bytes | None) -> Headers:
    """What a relay would send, with some of it otherwise (None: left out)."""
    usual: dict[str, bytes | None] = {
        "log": b"intake-0", "position": b"1", "index": b"0", "count": b"1", "version": b"1", "command": b"c",
        "recorded": b"2026-01-01T00:00:00.000Z", "hash": b"0" * 64, "type": b"proposal.submitted.v1",
    }  # fmt: skip
    return [(name, value) for name, value in (usual | change).items() if value is not None]


FOREIGN: dict[str, tuple[bytes | None, bytes | None, Headers]] = {
    "without headers": (b"proposal-x", b'{"specversion": "1.0"}', []),
    "headers that are not UTF-8": (b"proposal-x", b"{}", headers(log=b"\xff\xfe", type=b"\xc0\x80")),
    "a position that is none": (b"proposal-x", b"{}", headers(position=b"first")),
    "a position of very many digits": (b"proposal-x", b"{}", headers(position=b"9" * 5_000)),
    "an index beyond the count": (b"proposal-x", b"{}", headers(index=b"7")),
    "of another log": (b"proposal-x", b"{}", headers(log=b"elsewhere-0")),
    "without a hash": (b"proposal-x", b"{}", headers(hash=None)),
    "a tombstone": (b"proposal-x", None, []),
    "nothing at all": (None, b"", []),
    "bytes that are no text": (b"\xff", b"\xff\x00\xfe", []),
    "a megabyte": (b"proposal-x", b"x" * 1_000_000, []),
}


@pytest.fixture(scope="module")
async def apart(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Programme]:
    with kafka_server(tmp_path_factory.mktemp("foreign-kafka")) as servers:
        async with programme(mongo_url, servers) as running:
            yield running


def service(running: Programme, name: str) -> Service:
    found: Service = running.apps[name].state.service
    return found


def followers(running: Programme, topic: str) -> list[tuple[str, str]]:
    """Service and subscription of each that follows a topic."""
    return [
        (name, consumer.subscription.name)
        for name in SERVICES
        for consumer in service(running, name).consumers
        if consumer.topic == topic
    ]


async def send(running: Programme, topic: str, partition: int, *messages: tuple[Any, Any, Headers]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=running.kafka_servers, max_request_size=2_000_000) as producer:
        for key, value, given in messages:
            await producer.send_and_wait(topic, value, key, partition, headers=list(given))


async def parked(running: Programme, name: str, subscription: str) -> list[dict[str, Any]]:
    path = f"/admin/parked?subscription={subscription}&limit=200"
    answer = await running.ask(name, "GET", path, running.token("operator"))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def act(running: Programme, name: str, id: str, what: str) -> httpx.Response:
    body: dict[str, Any] = {"json": {"reason": "foreign"}} if what == "skip" else {}
    return await running.ask(name, "POST", f"/admin/parked/{id}/{what}", running.token("operator"), **body)


async def reconciled(running: Programme) -> list[LogAgreement]:
    """What `trama reconcile` sees."""

    def ask() -> list[LogAgreement]:
        with httpx.Client(timeout=30) as http:
            return look(Client(http, Places(running.urls, None), Tokens(http, None, running.token("auditor"))))

    return await asyncio.to_thread(ask)


async def all_equal(running: Programme) -> bool:
    return worst(log.state for log in await reconciled(running)) == "equal"


async def submit(running: Programme, number: int | None = None) -> str:
    """The id of a new proposal, in the log of that number if one is given."""
    office = running.token("country_office", "CO")
    while True:
        made = await running.ask("intake", "POST", "/proposals", office, json=NETWORK)
        assert made.status_code == 201, made.text
        proposal_id: str = made.json()["proposal_id"]
        log = service(running, "intake").store.log_of(f"proposal-{proposal_id}")
        if number is None or log == f"intake-{number}":
            return proposal_id


async def goes_everywhere(running: Programme, proposal_id: str) -> None:
    """The proposal is assessed, and everyone who lists or journals it does."""
    await standing(running, proposal_id, "assessed")
    journal = service(running, "reporting").database["journal"]
    documents = service(running, "intake").database["proposals"]

    async def there() -> bool:
        told = await journal.find_one({"text": {"$regex": proposal_id}, "log": {"$regex": "^evaluation"}})
        return bool(told) and await documents.find_one({"_id": f"proposal-{proposal_id}"}) is not None

    await until(there)


async def status(running: Programme, name: str) -> tuple[int, list[str]]:
    answer = await running.http.get(f"{running.urls[name]}/health/ready")
    return answer.status_code, answer.json()["failing"]


async def test_foreign_messages_are_parked_and_everything_else_goes_on(apart: Programme) -> None:
    for topic in TOPICS:
        for partition in range(PARTITIONS):
            await send(apart, topic, partition, *list(FOREIGN.values())[partition::PARTITIONS])
    for number in range(PARTITIONS):
        await goes_everywhere(apart, await submit(apart, number))
    for topic in TOPICS:
        assert followers(apart, topic)
        for name, subscription in followers(apart, topic):

            async def kept(n: str = name, s: str = subscription) -> list[dict[str, Any]]:
                found = [e for e in await parked(apart, n, s) if e["kind"] == "malformed"]
                return found if len(found) == len(FOREIGN) else []

            for entry in await until(kept):
                assert entry["error"], entry
                assert (entry["stream"], entry["n"], entry["topic"]) == (None, None, topic)
    for name in SERVICES:
        assert await status(apart, name) == (200, [])
    assert sum(place.parked for log in await reconciled(apart) for place in log.places) == sum(
        len(followers(apart, topic)) * len(FOREIGN) for topic in TOPICS
    )


async def test_an_operator_sees_and_skips_them_and_then_all_is_equal(apart: Programme) -> None:
    for topic in TOPICS:
        for name, subscription in followers(apart, topic):
            entries = await parked(apart, name, subscription)
            assert "x" * 1_000 in [(await _shown(apart, name, entry["id"]))[:1_000] for entry in entries]
            refused = await act(apart, name, entries[0]["id"], "retry")
            assert (refused.status_code, refused.json()["code"]) == (422, "parked.malformed")
            for entry in entries:
                assert (await act(apart, name, entry["id"], "skip")).status_code == 202

            async def gone(n: str = name, s: str = subscription) -> bool:
                return await parked(apart, n, s) == []

            await until(gone)
    await until(lambda: all_equal(apart))
    assert await left_out(apart) == sum(len(followers(apart, topic)) * len(FOREIGN) for topic in TOPICS)


async def left_out(running: Programme) -> int:
    """How many messages that are no events were skipped, as the services tell."""
    total = 0
    for name in SERVICES:
        answer = await running.ask(name, "GET", "/admin/positions", running.token("auditor"))
        total += sum(position["malformed_skipped"] for position in answer.json()["items"])
    return total


async def _shown(running: Programme, name: str, id: str) -> str:
    answer = await running.ask(name, "GET", f"/admin/parked/{id}", running.token("auditor"))
    assert answer.status_code == 200, answer.text
    return answer.json()["text"] or ""


async def poison(running: Programme) -> str:
    """The id of a proposal whose only event a newer producer appended: the type is known, its data are not."""
    intake = service(running, "intake")
    sample = await intake.store.commits.find_one({"types": "proposal.submitted.v1"})
    assert sample is not None
    proposal_id, event_id = uuid.uuid4().hex[:20], str(uuid.uuid4())
    stream = f"proposal-{proposal_id}"
    event = json.loads(sample["events"][0])
    event |= {"id": event_id, "subject": stream}
    event["data"] = {"proposal_id": proposal_id, "country": "CO", "revision": "the first", "news": True}
    text = json.dumps(event)
    await intake.store.append(Draft(uuid.uuid4().hex, stream, 0, ("proposal.submitted.v1",), (text,), "f" * 64))
    return proposal_id


async def test_an_event_that_nobody_can_read_waits_for_an_operator(apart: Programme) -> None:
    """Its chain is right, so it is an event; its stream waits with it, and no other."""
    proposal_id = await poison(apart)
    entries: dict[str, tuple[str, str]] = {}
    for name, subscription in followers(apart, "intake.proposals"):

        async def kept(n: str = name, s: str = subscription) -> list[dict[str, Any]]:
            return [e for e in await parked(apart, n, s) if e["stream"] == f"proposal-{proposal_id}"]

        [entry] = await until(kept)
        assert (entry["kind"], entry["status"], entry["attempts"]) == ("event", "parked", 3)
        assert "ValidationError" in entry["error"]
        entries[f"{name}/{subscription}"] = name, entry["id"]
    for number in range(PARTITIONS):
        await goes_everywhere(apart, await submit(apart, number))
    for name in SERVICES:
        assert await status(apart, name) == (200, [])
    held = {p.name for log in await reconciled(apart) for p in log.places if p.parked}
    assert held == set(entries)
    assert not await all_equal(apart)
    for name, entry_id in entries.values():
        assert (await act(apart, name, entry_id, "retry")).status_code == 202

        async def tried(n: str = name, i: str = entry_id) -> bool:
            answer = await apart.ask(n, "GET", f"/admin/parked/{i}", apart.token("operator"))
            return bool(answer.json()["attempts"] == 4)

        await until(tried)
        assert (await act(apart, name, entry_id, "skip")).status_code == 202
    await until(lambda: all_equal(apart))


async def test_nothing_is_decided_on_what_only_a_newer_release_knows(apart: Programme) -> None:
    """As while releases are exchanged: an order is put off, reading and everyone else go on."""
    proposal_id, office = await submit(apart), apart.token("country_office", "CO")
    intake = service(apart, "intake")
    stream = f"proposal-{proposal_id}"
    [commit] = await intake.store.load(stream)
    event = json.loads(commit.texts[0]) | {
        "id": str(uuid.uuid4()),
        "type": "proposal.praised.v1",
        "data": {"by": "all"},
    }
    text = json.dumps(event)
    await intake.store.append(Draft(uuid.uuid4().hex, stream, 1, ("proposal.praised.v1",), (text,), "f" * 64))
    path = f"/proposals/{proposal_id}"
    put_off = await apart.ask(
        "intake", "POST", f"{path}/withdrawal", office, json={"reason": "no funds"}, language="es"
    )
    assert (put_off.status_code, put_off.headers["retry-after"]) == (503, "1")
    assert "versión" in put_off.json()["detail"]
    shown = await apart.ask("intake", "GET", path, office)
    assert (shown.status_code, shown.json()["status"]) == (200, "open")
    await until(lambda: all_equal(apart))
    assert await status(apart, "intake") == (200, [])


async def test_an_event_that_does_not_follow_stops_its_partition_and_alarms(apart: Programme) -> None:
    """The last test here: only a topic that fits its store again ends the alarm."""
    head = await service(apart, "intake").store.head("intake-0")
    forged = headers(position=b"%d" % (head.n + 1), command=uuid.uuid4().hex.encode())
    await send(apart, "intake.proposals", 0, (b"proposal-forged", b"{}", forged))
    stopped = followers(apart, "intake.proposals")
    for name in {name for name, _ in stopped}:

        async def alarmed(n: str = name) -> bool:
            return await status(apart, n) == (503, ["alarms"])

        await until(alarmed)
        positions = await apart.ask(name, "GET", "/admin/positions", apart.token("operator"))
        alarms = {p["log"]: p["alarm"] for p in positions.json()["items"] if p["alarm"]}
        assert list(alarms) == ["intake-0"]
        assert "hash" in alarms["intake-0"]
    assert await status(apart, "monitoring") == (200, [])
    await goes_everywhere(apart, await submit(apart, 1))
    found = {log.log: log.state for log in await reconciled(apart)}
    assert found["intake-0"] == "unequal"
    assert worst(state for log, state in found.items() if log.startswith("monitoring")) == "equal"
    assert not await service(apart, "reporting").database["journal"].find_one({"text": "{}"})
