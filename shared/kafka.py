"""Where Kafka is, and how its clients say who they are."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared import clients
from shared.telling import told

STOPPING = 5.0
"""Seconds that a producer is given at its stop for what it has not sent yet."""
HANDLING = 5.0
"""Seconds that a batch is given at the stop of its consumer; what it has not done by then is read again."""
METADATA_MS = 5_000
"""How soon a consumer notices that its topic is there again after it was deleted: by default after five minutes."""
LOOKING: dict[str, Any] = {"auto_offset_reset": "earliest", "fetch_max_wait_ms": 10}
"""Of a reader that looks at what is there: it does not wait at a partition's end for more, nor the next one with it."""
log = structlog.get_logger(__name__)
clients.mend()
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
_SASL = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


@dataclass(frozen=True)
class Kafka:
    """`servers` are the bootstrap servers; with a user name, clients log in by SASL; `tls` encrypts the connection.

    `ca_file` names the certificates to trust (PEM), the system's own if it is empty.
    """

    servers: str
    tls: bool = False
    ca_file: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    mechanism: Mechanism = "SCRAM-SHA-512"

    def options(self) -> dict[str, Any]:
        """The arguments of an aiokafka client."""
        protocol = ("SASL_" if self.username else "") + ("SSL" if self.tls else "PLAINTEXT")
        found: dict[str, Any] = {"bootstrap_servers": self.servers, "security_protocol": protocol}
        if self.tls:
            found["ssl_context"] = self._context()
        if self.username:
            found |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return found

    def security(self) -> BaseSecurity | None:
        """The same for a FastStream broker; None where nothing is asked for."""
        context = self._context() if self.tls else None
        if self.username:
            return _SASL[self.mechanism](self.username, self.password, ssl_context=context, use_ssl=self.tls)
        return BaseSecurity(ssl_context=context, use_ssl=True) if self.tls else None

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file or None)


Servers = str | Kafka
"""Bootstrap servers that ask nothing of their clients, or a `Kafka`."""


def of(servers: Servers) -> Kafka:
    """The `Kafka` that is meant."""
    return servers if isinstance(servers, Kafka) else Kafka(servers)


def options(servers: Servers) -> dict[str, Any]:
    """The arguments of an aiokafka client."""
    return of(servers).options()


async def stop(producer: AIOKafkaProducer) -> None:
    """Stop a producer; what the broker does not take within a few seconds is given up.

    By itself it waits for as long as Kafka is away: what must arrive exactly once never expires. Nothing is lost: who
    sends next begins where the partition ends.
    """
    try:
        async with asyncio.timeout(STOPPING):
            await producer.stop()
    except TimeoutError:
        log.warning("producer_given_up", seconds=STOPPING)
        if (sending := producer._sender.sender_task) is not None:
            sending.cancel()  # it would go on trying; no public way ends it
        await producer.client.close()


@asynccontextmanager
async def transaction(producer: AIOKafkaProducer) -> AsyncIterator[None]:
    """A transaction of the broker: committed at the block's end; aborted on an error, which is raised.

    aiokafka's own waits with its abort for as long as Kafka is away, and who was cancelled in it does not come back.
    What is not aborted in time is so by the next producer of the same transactional id, or after a minute.
    """
    under_way = producer.transaction()
    await under_way.__aenter__()
    try:
        yield
    except BaseException as error:
        try:
            async with asyncio.timeout(STOPPING):
                await under_way.__aexit__(type(error), error, error.__traceback__)
        except (KafkaError, TimeoutError) as failed:
            log.warning("transaction_not_aborted", error=told(failed))
        raise
    await under_way.__aexit__(None, None, None)


def kafka_broker(servers: Servers) -> KafkaBroker:
    """A broker with the settings that consuming depends on: no topics made by chance, no send lost."""
    meant = of(servers)
    return KafkaBroker(
        meant.servers,
        security=meant.security(),
        allow_auto_create_topics=False,
        metadata_max_age_ms=METADATA_MS,
        acks="all",
        enable_idempotence=True,
        graceful_timeout=HANDLING,
        logger=None,
    )
