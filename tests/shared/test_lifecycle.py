"""Services that start in any order, with their own numbers of logs, on real servers."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from importlib.resources import files
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.mongo import Client, durable
from shared.topics import apply
from tests.running import Programme, ready, serving, until
from tests.servers import kafka_server
from tests.shared.issuing import Issuer
from tests.topics import remove

PROPOSAL: dict[str, Any] = json.loads(
    files("shared.programme").joinpath("examples/network-coffee-co.json").read_text("utf-8")
)


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with kafka_server(tmp_path_factory.mktemp("lifecycle-kafka")) as servers:
        yield servers


@pytest.fixture
async def running(mongo_url: str, own_kafka: str) -> AsyncIterator[Programme]:
    """No service, and a Kafka without any topic of theirs."""
    async with Issuer().serve() as issuer:
        found = Programme(mongo_url, own_kafka, issuer)
        async with found.http:
            yield found
    await remove(own_kafka, sorted(await of_services(own_kafka)))


def app(running: Programme, service: str, logs: int) -> Any:
    settings = running.settings(service).model_copy(update={"logs": logs})
    return importlib.import_module(f"services.{service}.app").create(settings)


async def partitions(servers: str) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    found = {t["topic"]: len(t["partitions"]) for t in await admin.describe_topics()}
    await admin.close()
    return found


async def of_services(servers: str) -> dict[str, int]:
    return {name: count for name, count in (await partitions(servers)).items() if not name.startswith("__")}


async def are(servers: str, wanted: dict[str, int]) -> bool:
    return await of_services(servers) == wanted


async def awaiting(application: Any, topics: set[str]) -> bool:
    return bool(application.state.service.awaited == topics)


async def note_awaited(application: Any, found: set[str]) -> None:
    """Whatever it awaits at any moment, until cancelled."""
    while True:
        found |= application.state.service.awaited
        await asyncio.sleep(0.02)


async def not_ready(running: Programme, service: str, text: str) -> bool:
    answer = await running.http.get(running.urls[service] + "/health/ready")
    return answer.status_code == 503 and text in json.dumps(answer.json())


async def test_services_start_in_any_order_each_with_its_own_number_of_logs(running: Programme) -> None:
    """Alone, intake serves its doors and publishes; it is ready when what it follows is there, as it is there."""
    application = app(running, "intake", 2)
    async with serving(application) as intake:
        running.urls["intake"] = intake
        office = running.token("country_office", "CO")

        async def submitted() -> Any:
            try:
                answer = await running.ask("intake", "POST", "/proposals", office, json=PROPOSAL)
            except httpx.TransportError:  # not up yet
                return None
            return answer.json() if answer.status_code == 201 else None

        made = await until(submitted, 60)
        await until(lambda: are(running.kafka_servers, {"intake.proposals": 2, "dead-letters": 1}))
        await until(lambda: awaiting(application, {"evaluation.scoring"}))
        assert await not_ready(running, "intake", "service")
        async with serving(app(running, "evaluation", 3)) as evaluation:
            running.urls["evaluation"] = evaluation
            for url in (intake, evaluation):
                await until(lambda u=url: ready(running.http, u), 60)  # type: ignore[misc]
            assert (await partitions(running.kafka_servers))["evaluation.scoring"] == 3
            evaluator = running.token("evaluator", "CO")

            async def assessed() -> bool:
                answer = await running.ask("evaluation", "GET", f"/reviews/{made['proposal_id']}", evaluator)
                return answer.status_code == 200

            await until(assessed, 60)
            body = {"revision": 1}
            path = f"/reviews/{made['proposal_id']}/opening"
            assert (await running.ask("evaluation", "POST", path, evaluator, json=body)).status_code == 200

            async def locked() -> bool:
                answer = await running.ask("intake", "GET", f"/proposals/{made['proposal_id']}", office)
                return bool(answer.json()["status"] == "locked")

            await until(locked, 60)


async def test_a_topic_that_does_not_fit_is_told_before_the_number_of_logs_is_fixed(
    running: Programme, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr("shared.lifecycle.os.kill", lambda pid, signal: ended.append(signal))
    await apply(running.kafka_servers, ["intake.proposals"], 4)
    wrong = app(running, "intake", 2)

    async def failed() -> bool:
        return bool(wrong.state.service.failed)

    async with serving(wrong):
        await until(failed)
    database = durable(client, f"{running.name}_intake")
    assert ended
    assert await database["meta"].find_one({"_id": "logs"}) is None
    right = app(running, "intake", 4)
    async with serving(right):
        await until(lambda: is_open(right))
    assert await database["meta"].find_one({"_id": "logs"}) == {"_id": "logs", "count": 4}


async def test_topics_that_are_deleted_while_services_run_are_made_and_read_again(running: Programme) -> None:
    """By the service that writes them, at once or when it is back; who follows them says meanwhile what it awaits."""
    evaluating = app(running, "evaluation", 2)
    office, evaluator = running.token("country_office", "CO"), running.token("evaluator", "CO")

    async def is_ready(service: str) -> bool:
        return await ready(running.http, running.urls[service])

    async def submitted_and_assessed() -> None:
        answer = await running.ask("intake", "POST", "/proposals", office, json=PROPOSAL)
        path = f"/reviews/{answer.json()['proposal_id']}"

        async def assessed() -> bool:
            return (await running.ask("evaluation", "GET", path, evaluator)).status_code == 200

        await until(assessed, 60)

    async with serving(evaluating) as running.urls["evaluation"]:
        intake = app(running, "intake", 2)
        async with serving(intake) as running.urls["intake"]:
            for service in ("intake", "evaluation"):
                await until(partial(is_ready, service), 60)
            await submitted_and_assessed()
            await remove(running.kafka_servers, ["intake.proposals"])
            awaited: set[str] = set()
            watching = asyncio.create_task(note_awaited(intake, awaited))
            await submitted_and_assessed()
            watching.cancel()
            assert "intake.proposals" not in awaited, "who makes a topic does not wait for it"
            await until(partial(is_ready, "evaluation"), 60)
        await remove(running.kafka_servers, ["intake.proposals"])
        await until(lambda: awaiting(evaluating, {"intake.proposals"}))
        assert await not_ready(running, "evaluation", "service")
        async with serving(app(running, "intake", 2)) as running.urls["intake"]:
            for service in ("intake", "evaluation"):
                await until(partial(is_ready, service), 60)
            await submitted_and_assessed()


async def is_open(application: Any) -> bool:
    return application.state.service.opened is not None
