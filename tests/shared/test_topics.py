"""Topics are made once, each by its own service, with as many partitions as that service has logs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.topics import WrongPartitions, apply, check, missing
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
