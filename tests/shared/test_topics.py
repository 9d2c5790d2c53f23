"""Topics are made once, each by its own service, with as many partitions as that service has logs."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from deploy.local import kafka as local
from deploy.local.jars import jars
from deploy.local.ports import free_port
from deploy.local.process import spawn, stop
from shared.kafka import options
from shared.topics import WrongPartitions, WrongSettings, apply, check, missing, partitions
from tests.running import until
from tests.topics import remove


@pytest.fixture
async def admin(kafka_servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_servers)
    await client.start()
    yield client
    await client.close()
    await remove(kafka_servers, ["evaluation.scoring", "reporting.clusters"])


async def test_what_is_there_is_checked_and_never_changed(kafka_servers: str, admin: AIOKafkaAdminClient) -> None:
    names = ["evaluation.scoring", "reporting.clusters"]
    assert await missing(kafka_servers, names) == set(names)
    await check(kafka_servers, names, 8)
    assert await missing(kafka_servers, names) == set(names)
    await apply(kafka_servers, names, 8)

    async def there() -> bool:
        return not await missing(kafka_servers, names)

    await until(there)
    for again in (apply, check):
        await again(kafka_servers, names, 8)
        with pytest.raises(WrongPartitions, match=r"evaluation\.scoring has 8 .* TRAMA_LOGS=8.*delete the topic"):
            await again(kafka_servers, names, 4)


@pytest.mark.parametrize(
    ("name", "settings", "unfit"),
    [
        ("evaluation.scoring", {"cleanup.policy": "compact"}, r"cleanup\.policy=compact,"),
        ("evaluation.scoring", {"retention.ms": "604800000"}, r"retention\.ms=604800000,"),
        ("evaluation.scoring", {"retention.bytes": "1000"}, r"retention\.bytes=1000,"),
        ("reporting.clusters", {"retention.ms": "604800000"}, r"cleanup\.policy=delete, retention\.ms=604800000,"),
    ],
)
async def test_a_topic_that_would_lose_events_is_refused(
    kafka_servers: str, admin: AIOKafkaAdminClient, name: str, settings: dict[str, str], unfit: str
) -> None:
    """With the settings that don't fit, and what to set them to."""
    await remove(kafka_servers, [name])
    await admin.create_topics([NewTopic(name, 1, 1, topic_configs={"retention.ms": "-1"} | settings)])
    await until(lambda: is_there(kafka_servers, name))
    with pytest.raises(WrongSettings, match=rf"{name} has {unfit} and .*--add-config cleanup\.policy=.*=-1\)"):
        await apply(kafka_servers, [name], 1)


async def is_there(servers: str, name: str) -> bool:
    return not await missing(servers, [name])


@pytest.fixture
def generous(tmp_path: Path) -> Iterator[str]:
    """A broker that makes each topic that a client asks for: Kafka's default."""
    port = free_port()
    line = local.command(tmp_path, port, free_port(), jars())
    file = tmp_path / "server.properties"
    said = "auto.create.topics.enable="
    file.write_text(file.read_text("utf-8").replace(f"{said}false", f"{said}true"), "utf-8")
    subprocess.run(local.format_command(tmp_path, jars()), check=True, capture_output=True)
    process = spawn(line, tmp_path / "kafka.log")
    yield f"127.0.0.1:{port}"
    stop(process)


async def test_where_the_broker_makes_topics_by_itself_nobody_lets_it(generous: str) -> None:
    """Who looks, reads or writes makes no topic; and who makes one makes it as it is declared."""

    async def answers() -> bool:
        return await local.answers(generous)

    await until(answers)
    names = ["intake.proposals", "monitoring.projects"]
    assert await missing(generous, names) == set(names)
    with pytest.raises(KafkaError):
        async with AIOKafkaConsumer(names[1], **options(generous), request_timeout_ms=2_000):
            pass
    async with AIOKafkaProducer(**options(generous), request_timeout_ms=2_000) as producer:
        with pytest.raises(KafkaError):
            await producer.send_and_wait(names[1], b"lost")
    await apply(generous, names[:1], 4)

    async def made() -> bool:
        return await partitions(generous, names) == {"intake.proposals": 4, "monitoring.projects": 0}

    await until(made)
    await apply(generous, names[:1], 4)
