"""The topics: declared in one file (`deploy/topics/topics.yaml`), made where they are missing, never changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code
from pydantic import BaseModel, ConfigDict

from shared import kafka

DECLARED = Path(__file__).parents[1] / "deploy" / "topics" / "topics.yaml"
DEAD_LETTERS = "dead-letters"
"""Where copies of parked events go, for whoever watches over the system."""


class WrongPartitions(RuntimeError):
    """A topic has another number of partitions than its service has logs: events would be found in the wrong place."""

    def __init__(self, name: str, found: int, wanted: int) -> None:
        super().__init__(
            f"{name} has {found} partitions, but {wanted} are needed: set TRAMA_LOGS={found}; or, if the store is "
            f"fixed to {wanted} logs, delete the topic: it is made again, and filled from the store"
        )


class WrongSettings(RuntimeError):
    """A topic that is there does not keep what it must keep."""

    def __init__(self, name: str, found: dict[str, str], wanted: dict[str, str]) -> None:
        alter = ",".join(f"{key}={value}" for key, value in wanted.items())
        super().__init__(
            f"{name} has {', '.join(f'{key}={value}' for key, value in found.items())}, and would lose events: alter "
            f"it (kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config {alter}); or, if "
            "some may be lost already, delete the topic: it is made again, and filled from the store"
        )


class Topic(BaseModel):
    """One topic. Both cleanup policies keep records for ever: `compact` the last one of each key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partitions: int | Literal["logs"]
    cleanup: Literal["delete", "compact"]

    @property
    def settings(self) -> dict[str, str]:
        """What it is made with."""
        return {"cleanup.policy": self.cleanup, "retention.ms": "-1", "retention.bytes": "-1"}


@cache
def declared() -> Mapping[str, Topic]:
    """The topics that the file declares, by name."""
    found = yaml.safe_load(DECLARED.read_text("utf-8"))["topics"]
    return {name: Topic.model_validate(value) for name, value in found.items()}


def source(topic: str) -> str:
    """The service that writes a topic: the first part of its name."""
    return topic.partition(".")[0]


def written_by(service: str) -> list[str]:
    """The topics that a service writes."""
    return [name for name in declared() if "." in name and source(name) == service]


async def apply(servers: kafka.Servers, names: list[str], logs: int, replication: int = 1) -> None:
    """Make those of `names` that are missing; raises `WrongPartitions` or `WrongSettings` if one is there, but unfit.

    Only for topics that the caller's own service writes, and those that all share: `logs` is that service's.
    """
    topics = declared()
    async with _admin(servers) as admin:
        absent = await _checked(admin, names, logs)
        made = {name for name in absent if await _made(admin, name, topics[name], logs, replication)}
        there = [name for name in names if name not in made]
        if unknown := await _checked(admin, there, logs):  # another made it a moment ago
            raise UnknownTopicOrPartitionError(", ".join(unknown))
        for name in there:
            await _check_settings(admin, name, topics[name].settings)


async def check(servers: kafka.Servers, names: list[str], logs: int) -> list[str]:
    """Those that `apply` would make; raises `WrongPartitions` if another is there with other partitions."""
    return (await look(servers, names, logs, ()))[0]


async def look(
    servers: kafka.Servers, names: list[str], logs: int, followed: Collection[str]
) -> tuple[list[str], set[str]]:
    """What `check` returns, and those `followed` that are not there, as they are in one moment."""
    async with _admin(servers) as admin:
        there = await admin.describe_topics()
    absent = _absent(_counted(there, names), logs)  # first: what is wrong with the others is not its own fault
    return absent, {name for name, count in _counted(there, followed).items() if count == 0}


async def missing(servers: kafka.Servers, names: Iterable[str]) -> set[str]:
    """Those of `names` that are not there (yet)."""
    return {name for name, count in (await partitions(servers, names)).items() if count == 0}


async def partitions(servers: kafka.Servers, names: Iterable[str]) -> dict[str, int]:
    """How many partitions each of `names` has (0: it is not there)."""
    async with _admin(servers) as admin:
        return await _partitions(admin, names)


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


async def _partitions(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, int]:
    """Looked for among all topics: where brokers make topics by themselves, they make each that is asked for."""
    return _counted(await admin.describe_topics(), names)


def _counted(described: Iterable[dict[str, Any]], names: Iterable[str]) -> dict[str, int]:
    """How many partitions each of `names` has of all topics, as they were described."""
    there = {topic["topic"]: topic for topic in described}
    found = {name: there[name] for name in names if name in there}
    for name, topic in found.items():
        if topic["error_code"]:
            raise for_code(topic["error_code"])(name)
    return {name: len(found[name]["partitions"]) if name in found else 0 for name in names}


async def _checked(admin: AIOKafkaAdminClient, names: list[str], logs: int) -> list[str]:
    """The missing ones; raises `WrongPartitions` for one of the others."""
    return _absent(await _partitions(admin, names), logs)


def _absent(found: Mapping[str, int], logs: int) -> list[str]:
    topics = declared()
    for name, count in found.items():
        if count not in (0, wanted := _wanted(topics[name], logs)):
            raise WrongPartitions(name, count, wanted)
    return [name for name, count in found.items() if count == 0]


async def _check_settings(admin: AIOKafkaAdminClient, name: str, wanted: dict[str, str]) -> None:
    """Raises `WrongSettings`. Where only the last record of each key is kept, no retention applies."""
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(wanted))])
    [(code, _, _, _, entries)] = answer.resources
    if code:
        raise for_code(code)(name)
    found = {entry[0]: entry[1] for entry in entries}
    asked = ["cleanup.policy"] if wanted["cleanup.policy"] == found["cleanup.policy"] == "compact" else list(wanted)
    if unfit := {key: found[key] for key in asked if found[key] != wanted[key]}:
        raise WrongSettings(name, unfit, wanted)


async def _made(admin: AIOKafkaAdminClient, name: str, topic: Topic, logs: int, replication: int) -> bool:
    """Whether it was made by this call: False if it is there already."""
    new = NewTopic(name, _wanted(topic, logs), replication, topic_configs=topic.settings)
    [(_, code, *_)] = (await admin.create_topics([new])).topic_errors
    if code and code != TopicAlreadyExistsError.errno:
        raise for_code(code)(name)
    return not code
