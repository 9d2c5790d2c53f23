"""The topics: declared in one file (`deploy/topics/topics.yaml`), made where they are missing, never changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from pydantic import BaseModel, ConfigDict

from shared import kafka

DECLARED = Path(__file__).parents[1] / "deploy" / "topics" / "topics.yaml"
UNKNOWN_TOPIC = 3
DEAD_LETTERS = "dead-letters"
"""Where copies of parked events go, for whoever watches over the system."""


class WrongPartitions(RuntimeError):
    """A topic has another number of partitions than its service has logs: events would be found in the wrong place."""

    def __init__(self, name: str, found: int, wanted: int) -> None:
        super().__init__(
            f"{name} has {found} partitions, but {wanted} are needed: set TRAMA_LOGS={found}; or, if the store is "
            f"fixed to {wanted} logs, delete the topic: it is made again, and filled from the store"
        )


class Topic(BaseModel):
    """One topic. Both cleanup policies keep records for ever: `compact` the last one of each key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partitions: int | Literal["logs"]
    cleanup: Literal["delete", "compact"]


def declared(file: Path = DECLARED) -> dict[str, Topic]:
    """The topics that the file declares, by name."""
    return {name: Topic.model_validate(value) for name, value in yaml.safe_load(file.read_text())["topics"].items()}


def source(topic: str) -> str:
    """The service that writes a topic: the first part of its name."""
    return topic.partition(".")[0]


def written_by(service: str) -> list[str]:
    """The topics that a service writes."""
    return [name for name in declared() if "." in name and source(name) == service]


async def apply(servers: kafka.Servers, names: list[str], logs: int, replication: int = 1) -> None:
    """Make those of `names` that are missing; raises `WrongPartitions` if one is there with other partitions.

    Only for topics that the caller's own service writes, and those that all share: `logs` is that service's.
    """
    topics = declared()
    async with _admin(servers) as admin:
        for name in names:
            wanted, found = _wanted(topics[name], logs), await _partitions(admin, name)
            if found == 0:
                await _create(admin, name, wanted, topics[name].cleanup, replication)
            elif found != wanted:
                raise WrongPartitions(name, found, wanted)


async def check(servers: kafka.Servers, names: list[str], logs: int) -> None:
    """Raises `WrongPartitions` if one of `names` is there with other partitions than `apply` would make."""
    topics = declared()
    async with _admin(servers) as admin:
        for name in names:
            wanted, found = _wanted(topics[name], logs), await _partitions(admin, name)
            if found not in (0, wanted):
                raise WrongPartitions(name, found, wanted)


async def missing(servers: kafka.Servers, names: Iterable[str]) -> set[str]:
    """Those of `names` that are not there (yet)."""
    return {name for name, count in (await partitions(servers, names)).items() if count == 0}


async def partitions(servers: kafka.Servers, names: Iterable[str]) -> dict[str, int]:
    """How many partitions each of `names` has (0: it is not there)."""
    async with _admin(servers) as admin:
        return {name: await _partitions(admin, name) for name in names}


@asynccontextmanager
async def _admin(servers: kafka.Servers) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**kafka.options(servers))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def _wanted(topic: Topic, logs: int) -> int:
    return logs if topic.partitions == "logs" else topic.partitions


async def _partitions(admin: AIOKafkaAdminClient, name: str) -> int:
    [found] = await admin.describe_topics([name])
    if found["error_code"] == UNKNOWN_TOPIC:
        return 0
    if found["error_code"]:
        raise for_code(found["error_code"])(name)
    return len(found["partitions"])


async def _create(admin: AIOKafkaAdminClient, name: str, partitions: int, cleanup: str, replication: int) -> None:
    configs = {"cleanup.policy": cleanup, "retention.ms": "-1", "retention.bytes": "-1"}
    answer = await admin.create_topics([NewTopic(name, partitions, replication, topic_configs=configs)])
    for _, code, *_ in answer.topic_errors:
        if code and code != TopicAlreadyExistsError.errno:
            raise for_code(code)(name)
