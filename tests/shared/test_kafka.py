"""Clients that log in: against a real broker that lets nobody in without a password."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
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


async def test_every_client_logs_in_and_nobody_else_is_let_in(guarded: Kafka) -> None:
    async def made() -> bool:
        try:
            await apply(guarded, ["intake.proposals"], 2)
        except (KafkaError, OSError):  # not up yet
            return False
        return True

    await until(made, 60)
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
