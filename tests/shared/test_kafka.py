"""Clients that log in over TLS: against a real broker that lets nobody in without a password."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

import shared.kafka
from deploy.local import kafka as local
from deploy.local.jars import jars
from deploy.local.ports import free_port
from deploy.local.process import spawn, stop
from shared.kafka import Kafka, kafka_broker, options, transaction
from shared.settings import ServiceSettings, SettingsError, load
from shared.topics import apply
from tests.running import until

LOGIN = (
    "org.apache.kafka.common.security.plain.PlainLoginModule required "
    'username="b" password="b" user_b="b" user_trama="right";'
)


@dataclass(frozen=True)
class Guarded:
    """A broker whose clients log in over TLS: how to, and its process."""

    kafka: Kafka
    process: subprocess.Popen[bytes]

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Connected, and silent."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


def certificate() -> tuple[str, str]:
    """One for loopback that vouches for itself, and its key, as PEM."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    begin, address = datetime.now(UTC) - timedelta(hours=1), x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM).decode(), pem.decode()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    data, port, controller = Path(tmp_path_factory.mktemp("guarded")), free_port(), free_port()
    line = local.command(data, port, controller, jars())
    file, trusted = data / "server.properties", data / "trusted.pem"
    text = file.read_text("utf-8").replace(f"PLAINTEXT://127.0.0.1:{port}", f"SASL_SSL://127.0.0.1:{port}")
    text = text.replace("PLAINTEXT:PLAINTEXT", "SASL_SSL:SASL_SSL")
    chain, key = certificate()
    trusted.write_text(chain, "utf-8")
    for name, pem in (("keystore.certificate.chain", chain), ("keystore.key", key), ("truststore.certificates", chain)):
        value = pem.strip().replace("\n", "\\n")
        text += f"ssl.{name.split('.')[0]}.type=PEM\nssl.{name}={value}\n"
    text += "broker.session.timeout.ms=30000\n"  # that of one that hangs for a moment does not end
    text += "inter.broker.listener.name=SASL_SSL\nsasl.enabled.mechanisms=PLAIN\n"
    text += "sasl.mechanism.inter.broker.protocol=PLAIN\n"
    file.write_text(f"{text}listener.name.sasl_ssl.plain.sasl.jaas.config={LOGIN}\n", "utf-8")
    subprocess.run(local.format_command(data, jars()), check=True, capture_output=True)
    process = spawn(line, data / "kafka.log")
    servers = f"127.0.0.1:{port}"
    yield Guarded(Kafka(servers, True, str(trusted), username="trama", password="right", mechanism="PLAIN"), process)
    stop(process)


@pytest.fixture
def guarded(broker: Guarded) -> Kafka:
    """How to log in."""
    return broker.kafka


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
    consuming = kafka_broker(guarded)
    await consuming.connect()
    assert await consuming.ping(10)
    await consuming.stop()
    for stranger in (replace(guarded, password="wrong"), replace(guarded, ca_file=""), Kafka(guarded.servers)):
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


async def test_who_is_cancelled_in_a_transaction_comes_back_although_kafka_is_away(
    broker: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what it left open is ended by the next of the same transactional id."""
    monkeypatch.setattr("shared.kafka.STOPPING", 0.5)
    await is_there(broker.kafka)
    begun = asyncio.Event()

    async def emit() -> None:
        producer = AIOKafkaProducer(**options(broker.kafka), transactional_id="one")
        await producer.start()
        try:
            async with transaction(producer):
                await producer.send_and_wait("intake.proposals", b"lost", partition=0)
                begun.set()
                await asyncio.Event().wait()
        finally:
            await shared.kafka.stop(producer)

    emitting = asyncio.create_task(emit())
    await asyncio.wait_for(begun.wait(), 30)
    with broker.hanging():
        emitting.cancel()
        await asyncio.wait([emitting], timeout=15)
        assert emitting.cancelled()
    producer = AIOKafkaProducer(**options(broker.kafka), transactional_id="one")
    await producer.start()
    async with transaction(producer):
        sent = await producer.send_and_wait("intake.proposals", b"kept", partition=0)
    await producer.stop()
    consumer = AIOKafkaConsumer(
        "intake.proposals", **options(broker.kafka), isolation_level="read_committed", auto_offset_reset="earliest"
    )
    async with consumer:
        message = await asyncio.wait_for(consumer.getone(), 10)
    assert (message.value, message.offset) == (b"kept", sent.offset)


async def test_a_client_of_a_broker_that_hangs_is_closed(broker: Guarded) -> None:
    """TLS says goodbye, and waits for the answer half a minute: too long for a stop."""
    await is_there(broker.kafka)
    producer = AIOKafkaProducer(**options(broker.kafka))
    await producer.start()
    with broker.hanging():
        closing = asyncio.create_task(producer.stop())
        await asyncio.wait([closing], timeout=10)
        assert closing.done()
    await closing


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
