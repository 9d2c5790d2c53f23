"""Clients that log in: against a real broker that lets nobody in without a password."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pydantic import SecretStr

from deploy.local import kafka as local
from deploy.local.jars import jars
from deploy.local.ports import free_port
from deploy.local.process import spawn, stop
from shared.kafka import Kafka, kafka_broker, options
from shared.settings import ServiceSettings, SettingsError, load
from shared.topics import apply
from tests.running import until

LOGIN = (
    "org.apache.kafka.common.security.plain.PlainLoginModule required "
    'username="b" password="b" user_b="b" user_trama="right";'
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A broker whose clients log in; how to."""
    data, port, controller = Path(tmp_path_factory.mktemp("guarded")), free_port(), free_port()
    line = local.command(data, port, controller, jars())
    file = data / "server.properties"
    text = file.read_text("utf-8").replace(f"PLAINTEXT://127.0.0.1:{port}", f"SASL_PLAINTEXT://127.0.0.1:{port}")
    text = text.replace("PLAINTEXT:PLAINTEXT", "SASL_PLAINTEXT:SASL_PLAINTEXT")
    text += "inter.broker.listener.name=SASL_PLAINTEXT\nsasl.enabled.mechanisms=PLAIN\n"
    text += "sasl.mechanism.inter.broker.protocol=PLAIN\n"
    file.write_text(f"{text}listener.name.sasl_plaintext.plain.sasl.jaas.config={LOGIN}\n", "utf-8")
    subprocess.run(local.format_command(data, jars()), check=True, capture_output=True)
    process = spawn(line, data / "kafka.log")
    yield Kafka(f"127.0.0.1:{port}", username="trama", password="right", mechanism="PLAIN")
    stop(process)


async def is_there(servers: Kafka) -> None:
    """The broker is up, and has a topic of two partitions."""

    async def made() -> bool:
        try:
            await apply(servers, ["intake.proposals"], 2)
        except (KafkaError, OSError):  # not up yet
            return False
        return True

    await until(made, 60)


async def test_every_client_logs_in_and_nobody_else_is_let_in(guarded: Kafka) -> None:
    await is_there(guarded)
    async with AIOKafkaConsumer("intake.proposals", **options(guarded)) as consumer:
        assert len(consumer.assignment()) == 2
    broker = kafka_broker(guarded)
    await broker.connect()
    assert await broker.ping(10)
    await broker.stop()
    wrong = Kafka(guarded.servers, username="trama", password="wrong", mechanism="PLAIN")
    for stranger in (wrong, Kafka(guarded.servers)):
        with pytest.raises((KafkaError, OSError)):
            async with AIOKafkaConsumer("intake.proposals", **options(stranger), request_timeout_ms=3_000):
                pass


async def stops(consumer: AIOKafkaConsumer) -> None:
    """Not `asyncio.wait_for`, whose cancellation could be what makes it stop."""
    stopping = asyncio.create_task(consumer.stop())
    done, _ = await asyncio.wait([stopping], timeout=5)
    stopping.cancel()
    assert done
    await stopping


@pytest.mark.parametrize("turns", range(4))
async def test_a_consumer_stops_whatever_it_does(guarded: Kafka, turns: int) -> None:
    """Also while it cancels its requests, as it does on a rebalance: its cancellation must not be taken for theirs."""
    await is_there(guarded)
    consumer = AIOKafkaConsumer(**options(guarded), fetch_max_wait_ms=20_000)
    await consumer.start()
    consumer.assign([TopicPartition("intake.proposals", 0)])
    consumer.seek(TopicPartition("intake.proposals", 0), 0)
    await consumer.getmany(timeout_ms=100)  # now it waits for more
    consumer.unsubscribe()
    for _ in range(turns):
        await asyncio.sleep(0)
    await stops(consumer)


async def test_a_request_that_failed_does_not_cancel_who_stops_its_consumer(guarded: Kafka) -> None:
    """A service that stops, or a relay that starts over, while its consumer pauses after an error."""
    await is_there(guarded)
    consumer = AIOKafkaConsumer(
        **options(guarded), fetch_max_wait_ms=20_000, request_timeout_ms=500, retry_backoff_ms=30_000
    )
    await consumer.start()
    consumer.assign([TopicPartition("intake.proposals", 0)])
    await consumer.seek_to_end()
    await consumer.getmany(timeout_ms=1_000)  # the request for more has failed by then
    await stops(consumer)


async def consumer_of(servers: Kafka) -> Callable[[], Awaitable[None]]:
    consumer = AIOKafkaConsumer("intake.proposals", **options(servers))
    await consumer.start()
    return consumer.stop  # type: ignore[no-any-return]


async def producer_of(servers: Kafka) -> Callable[[], Awaitable[None]]:
    producer = AIOKafkaProducer(**options(servers))
    await producer.start()
    return producer.stop  # type: ignore[no-any-return]


async def admin_of(servers: Kafka) -> Callable[[], Awaitable[None]]:
    admin = AIOKafkaAdminClient(**options(servers))
    await admin.start()
    return admin.close  # type: ignore[no-any-return]


@pytest.mark.parametrize("started", [consumer_of, producer_of, admin_of])
async def test_who_is_cancelled_while_a_client_closes_is_cancelled(
    guarded: Kafka, started: Callable[[Kafka], Awaitable[Callable[[], Awaitable[None]]]]
) -> None:
    """Or what closes one now and then, for as long as its service runs, would hold up the stop for ever."""
    await is_there(guarded)
    for turns in range(12):
        close = await started(guarded)

        async def for_ever(close: Callable[[], Awaitable[None]] = close) -> None:
            await close()
            await asyncio.Event().wait()

        task = asyncio.create_task(for_ever())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        task.cancel()
        assert done, f"cancelled after {turns} turns of the loop, it goes on"
        assert task.cancelled()


def test_a_password_is_not_sent_in_the_clear_unless_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAMA_MONGO_URL", "mongodb://localhost")
    monkeypatch.setenv("TRAMA_KAFKA_SERVERS", "localhost:9092")
    monkeypatch.setenv("TRAMA_OIDC_ISSUER", "https://issuer.example")
    monkeypatch.setenv("TRAMA_KAFKA_USERNAME", "trama")
    monkeypatch.setenv("TRAMA_KAFKA_PASSWORD", "right")
    with pytest.raises(SettingsError, match="TRAMA_KAFKA_TLS=true"):
        load(ServiceSettings)
    monkeypatch.setenv("TRAMA_KAFKA_TLS", "true")
    settings = load(ServiceSettings)
    assert settings.kafka_password == SecretStr("right")
    assert "right" not in repr(settings)
    assert "right" not in repr(settings.kafka)
    found = settings.kafka.options()
    assert (found["security_protocol"], found["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
