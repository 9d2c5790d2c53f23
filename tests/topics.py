"""Topics of the tests' Kafka, taken away for good before anyone makes them anew."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient

from shared import topics
from tests.running import until


async def remove(servers: str, names: Sequence[str]) -> None:
    """Delete the topics, and wait until they are gone: the broker accepts it first, and does it a moment later."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
    finally:
        await admin.close()

    async def gone() -> bool:
        return all(count == 0 for count in (await topics.partitions(servers, names)).values())

    await until(gone)
