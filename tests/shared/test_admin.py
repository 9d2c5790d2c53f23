"""The operator's doors of a service on real servers, with two replicas."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, ClassVar

import httpx
import pytest

from shared.admin.jobs import Progress
from shared.admin.tails import read_tails
from shared.contracts.base import Recorded
from shared.errors import Refused, Unavailable
from shared.execute import Context, execute
from shared.mongo import Client, Session
from shared.proving import Told
from shared.replay import partitions
from shared.serve import application
from shared.service import Service
from shared.settings import ServiceSettings
from tests.running import ready, serving, until
from tests.shared.counting import COUNTER, Add, Counted
from tests.shared.issuing import Issuer

TOPIC = "monitoring.projects"
BAD = 13


class Settings(ServiceSettings):
    """A service with the name that the topic asks for."""

    service: ClassVar[str] = "monitoring"


@dataclass
class Replica:
    """One process's worth of the service, and its address."""

    service: Service
    url: str
    works: asyncio.Event

    async def count(self, stream: str, by: int, times: int = 1) -> None:
        order = Context("someone", uuid.uuid4().hex, "c")
        await execute(self.service.store, COUNTER, stream, Add(by=by, times=times), order)


@dataclass
class Two:
    """Two replicas, and who asks them."""

    one: Replica
    other: Replica
    issuer: Issuer
    http: httpx.AsyncClient

    async def ask(
        self, method: str, path: str, role: str = "operator", replica: Replica | None = None, **more: Any
    ) -> httpx.Response:
        token = self.issuer.token(sub=f"p-{role}", trama_roles=[role])
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex} | more.pop("headers", {})
        return await self.http.request(method, (replica or self.one).url + path, headers=headers, **more)

    async def get(self, path: str, replica: Replica | None = None) -> Any:
        answer = await self.ask("GET", path, replica=replica)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ended(self, path: str, replica: Replica | None = None) -> Any:
        async def job() -> Any:
            found = await self.get(path, replica)
            return None if found["state"] == "running" else found

        return await until(job)

    async def settled(self) -> Any:
        """The positions, once every log of the topic is where the store is."""

        async def equal() -> Any:
            logs, items = (await self.get("/admin/logs"))["items"], (await self.get("/admin/positions"))["items"]
            ends = {log["log"]: (log["n"], log["hash"]) for log in logs}
            return items if all((i["n"], i["hash"]) == ends[i["log"]] for i in items) else None

        return await until(equal)


def wired(settings: Settings) -> tuple[Service, asyncio.Event]:
    """The service: it sums up, fails on a 13, and can rebuild its sums, at the pace of the test."""
    service, works = Service(settings, topic=TOPIC), asyncio.Event()

    async def apply(session: Session, events: Sequence[Recorded]) -> None:
        for event in events:
            assert isinstance(event.fact, Counted)
            if event.fact.by == BAD:
                raise Refused("bad.luck", {"en": "thirteen"})
            sums = service.database["sums"]
            await sums.update_one({"_id": event.stream}, {"$inc": {"sum": event.fact.by}}, upsert=True, session=session)

    async def rebuild(progress: Progress) -> dict[str, int]:
        progress(1, 2)
        await works.wait()
        return {"events": 2}

    async def fail(progress: Progress) -> None:
        raise Refused("no.way", {"en": "there is none"})

    service.follow(TOPIC, "sums", apply=apply)

    async def prove(told: Told) -> dict[str, Any]:
        told(1, 1)
        return {"events": {"monitoring-0": 1}, "differences": ["one"]}

    service.rebuilders |= {"sums": rebuild, "hopeless": fail}
    service.provers["sums"] = prove
    return service, works


@pytest.fixture(scope="module")
async def two(mongo_url: str, client: Client, kafka_servers: str) -> AsyncIterator[Two]:
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(Issuer().serve())
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        settings = Settings.model_validate(
            {
                "mongo_url": mongo_url, "kafka_servers": kafka_servers, "oidc_issuer": issuer.url,
                "oidc_insecure": True, "database": f"test_admin_{uuid.uuid4().hex[:8]}", "logs": 2,
            }
        )  # fmt: skip
        replicas = []
        for _ in range(2):
            service, works = wired(settings)
            url = await stack.enter_async_context(serving(application(service, description="")))
            replicas.append(Replica(service, url, works))
        for replica in replicas:
            await until(lambda r=replica: ready(http, r.url))  # type: ignore[misc]
        yield Two(replicas[0], replicas[1], issuer, http)
    await client.drop_database(settings.database)


async def test_logs_and_positions_tell_the_same_end(two: Two) -> None:
    """The store's head, the topic's tail as Kafka has it, and the position of the consumer agree, by hash."""
    for number in range(6):
        await two.one.count(f"thing-{number}", 1, times=2)
    positions = await two.settled()
    logs = (await two.get("/admin/logs?events=true"))["items"]
    assert [log["log"] for log in logs] == ["monitoring-0", "monitoring-1"]
    assert sum(log["n"] for log in logs) >= 6
    for log, position in zip(logs, positions, strict=True):
        end = (log["n"], log["hash"])
        assert (log["tail"]["n"], log["tail"]["hash"]) == (position["n"], position["hash"]) == end
        assert log["tail"]["records"] >= log["events"] >= log["n"]
        assert (position["subscription"], position["topic"], position["log"]) == ("sums", TOPIC, log["log"])
        assert position["index"] + 1 == position["count"]
        assert (position["parked"], position["waiting"], position["skipped"], position["alarm"]) == (0, 0, 0, None)


async def test_a_proof_is_told_by_any_replica(two: Two) -> None:
    await two.one.count("proved-1", 1)
    await two.settled()
    begun = await two.ask("POST", "/admin/verifications", "auditor", json={})
    assert begun.status_code == 202, begun.text
    job = await two.ended(f"/admin/verifications/{begun.json()['id']}", two.other)
    assert job["state"] == "done", job
    logs = {log["log"]: log for log in (await two.get("/admin/logs?events=true"))["items"]}
    for found in job["result"]:
        log = logs[found["log"]]
        assert (found["bad"], found["topic_bad"], found["behind"]) == (None, None, 0)
        assert (found["n"], found["hash"], found["events"]) == (log["n"], log["hash"], log["events"])
        assert (found["topic_n"], found["topic_events"], found["foreign"]) == (log["n"], log["events"], 0)
    assert job["done"] == job["total"] == 2 * sum(log["n"] for log in logs.values())


async def test_a_proof_of_one_log_names_the_first_commit_that_was_changed(two: Two) -> None:
    """Somebody changes an amount in the database; nothing but the hash tells."""
    await two.one.count("tampered-1", 5)
    commits = two.one.service.database["commits"]
    commit = await commits.find_one({"stream": "tampered-1"})
    assert commit is not None
    texts = [text.replace('"by":5', '"by":6') for text in commit["events"]]
    assert texts != commit["events"]
    await two.settled()
    await commits.update_one({"_id": commit["_id"]}, {"$set": {"events": texts}})
    try:
        begun = await two.ask("POST", "/admin/verifications", json={"log": commit["log"]})
        job = await two.ended(f"/admin/verifications/{begun.json()['id']}")
    finally:
        await commits.update_one({"_id": commit["_id"]}, {"$set": {"events": commit["events"]}})
    [found] = job["result"]
    assert commit["_id"] in found["bad"]
    assert f"at {commit['n']} " in found["bad"]
    assert found["n"] == commit["n"] - 1


async def test_a_log_that_is_not_there_is_named_with_those_that_are(two: Two) -> None:
    answer = await two.ask(
        "POST", "/admin/verifications", json={"log": "monitoring-9"}, headers={"Accept-Language": "es"}
    )
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["pointer"] == "/log"
    assert "monitoring-0, monitoring-1" in error["fix"]
    assert "Este servicio" in answer.json()["detail"]


async def test_a_rebuild_runs_once_however_often_it_is_asked_for(two: Two) -> None:
    two.one.works.clear()
    begun = await two.ask("POST", "/admin/rebuilds", json={"projection": "sums"}, headers={"Idempotency-Key": "a" * 8})
    again = await two.ask("POST", "/admin/rebuilds", json={"projection": "sums"}, replica=two.other)
    assert begun.status_code == again.status_code == 202
    assert begun.json()["id"] == again.json()["id"]
    assert begun.json()["state"] == "running"
    path = f"/admin/rebuilds/{begun.json()['id']}"

    async def halfway() -> bool:
        found = await two.get(path, two.other)
        return bool((found["done"], found["total"]) == (1, 2))

    await until(halfway)
    two.one.works.set()
    job = await two.ended(path, two.other)
    assert (job["state"], job["result"], job["error"]) == ("done", {"events": 2}, None)
    same = await two.ask("POST", "/admin/rebuilds", json={"projection": "sums"}, headers={"Idempotency-Key": "a" * 8})
    assert same.json()["id"] == begun.json()["id"]
    other = await two.ask(
        "POST", "/admin/rebuilds", json={"projection": "hopeless"}, headers={"Idempotency-Key": "a" * 8}
    )
    assert other.status_code == 409


async def test_a_rebuild_that_fails_says_why(two: Two) -> None:
    begun = await two.ask("POST", "/admin/rebuilds", json={"projection": "hopeless"})
    job = await two.ended(f"/admin/rebuilds/{begun.json()['id']}")
    assert (job["state"], job["error"]) == ("failed", "no.way: there is none")
    unknown = await two.ask("POST", "/admin/rebuilds", json={"projection": "x"}, headers={"Accept-Language": "pt"})
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["fix"] == "Use um de: hopeless, sums."
    assert (await two.ask("GET", "/admin/rebuilds/none")).status_code == 404
    assert (await two.ask("GET", f"/admin/verifications/{begun.json()['id']}")).status_code == 404


async def test_each_read_model_tells_its_proof(two: Two) -> None:
    begun = await two.ask("POST", "/admin/proofs", "auditor", json={})
    job = await two.ended(f"/admin/proofs/{begun.json()['id']}", two.other)
    assert job["result"] == {"sums": {"events": {"monitoring-0": 1}, "differences": ["one"]}}
    assert (await two.ask("GET", f"/admin/rebuilds/{job['id']}")).status_code == 404


async def test_a_job_whose_process_died_is_lost_and_gives_way(two: Two) -> None:
    jobs = two.one.service.database["jobs"]
    dead = {"kind": "rebuild sums", "running": "rebuild sums", "state": "running", "actor": "x", "done": 1, "total": 9}
    ago = {"$subtract": ["$$NOW", 60_000]}
    absent = {"_id": "dead", "state": {"$exists": False}}
    await jobs.update_one(absent, [{"$replaceWith": {"_id": "dead", **dead, "started": ago, "updated": ago}}], True)
    two.one.works.set()
    begun = await two.ask("POST", "/admin/rebuilds", json={"projection": "sums"})
    assert begun.json()["id"] != "dead"
    assert (await two.ended(f"/admin/rebuilds/{begun.json()['id']}"))["state"] == "done"
    assert (await two.get("/admin/rebuilds/dead"))["state"] == "lost"


async def test_a_parked_event_is_listed_retried_and_skipped(two: Two) -> None:
    """It fails again when retried; once it is skipped, with a reason, what waited behind it goes on."""
    await two.one.count("unlucky-1", BAD)
    await two.one.count("unlucky-1", 1)
    both = await until(lambda: parked(two, 2))
    first, second = both["items"]
    assert (first["status"], first["stream"], second["status"]) == ("parked", "unlucky-1", "waiting")
    page = await two.get("/admin/parked?subscription=sums&limit=1")
    assert [item["id"] for item in page["items"]] == [first["id"]]
    rest = await two.get(f"/admin/parked?subscription=sums&limit=1&after={page['next']}")
    assert [item["id"] for item in rest["items"]] == [second["id"]]
    whole = await two.get(f"/admin/parked/{first['id']}")
    assert '"by":13' in whole["text"]
    assert "thirteen" in whole["error"]
    [held] = [p for p in (await two.get("/admin/positions"))["items"] if p["log"] == first["log"]]
    assert (held["parked"], held["waiting"]) == (1, 1)
    refused = await two.ask("POST", f"/admin/parked/{second['id']}/retry")
    assert refused.status_code in (409, 422)
    asked = await two.ask("POST", f"/admin/parked/{first['id']}/retry", replica=two.other)
    assert asked.status_code == 202, asked.text

    async def tried() -> bool:
        found = await two.get(f"/admin/parked/{first['id']}")
        return found["attempts"] > first["attempts"] and not found["request"]

    await until(tried)
    assert (await two.ask("POST", f"/admin/parked/{first['id']}/skip", json={"reason": ""})).status_code == 422
    skipped = await two.ask("POST", f"/admin/parked/{first['id']}/skip", json={"reason": "entered twice"})
    assert skipped.status_code == 202, skipped.text
    await until(lambda: parked(two, 0))
    assert (await two.ask("GET", f"/admin/parked/{first['id']}")).status_code == 404
    [after] = [p for p in (await two.get("/admin/positions"))["items"] if p["log"] == first["log"]]
    assert (after["parked"], after["waiting"], after["skipped"]) == (0, 0, 1)
    sums = await two.one.service.database["sums"].find_one({"_id": "unlucky-1"})
    assert sums is not None
    assert sums["sum"] == 1


async def test_a_broker_that_is_away_is_told_as_unavailable() -> None:
    for asked in (read_tails("127.0.0.1:1", TOPIC, ["monitoring-0"]), partitions("127.0.0.1:1", [TOPIC])):
        with pytest.raises(Unavailable):
            await asked


async def test_a_topic_that_is_not_there_has_no_tail(kafka_servers: str) -> None:
    assert await read_tails(kafka_servers, "no.such.topic", ["no-0"]) == [None]
    assert await partitions(kafka_servers, ["no.such.topic"]) == {"no.such.topic": 0}


async def parked(two: Two, count: int) -> Any:
    """What is parked, once it is so many."""
    found = await two.get("/admin/parked")
    return found if len(found["items"]) == count else None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/admin/logs", None),
        ("GET", "/admin/positions", None),
        ("GET", "/admin/parked", None),
        ("POST", "/admin/parked/x/skip", {"reason": "no"}),
        ("POST", "/admin/verifications", {}),
        ("POST", "/admin/proofs", {}),
        ("POST", "/admin/rebuilds", {"projection": "sums"}),
    ],
)
async def test_an_office_may_do_none_of_this(two: Two, method: str, path: str, body: Any) -> None:
    more = {} if body is None else {"json": body}
    assert (await two.ask(method, path, "country_office", **more)).status_code == 403
    if method == "POST" and path.endswith(("skip", "rebuilds")):
        assert (await two.ask(method, path, "auditor", **more)).status_code == 403
