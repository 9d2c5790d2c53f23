"""The topics: declared in one file (`deploy/topics/topics.yaml`), made where they are missing, never changed."""

from __future__ import annotations

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
    """Make those of `names` that are missing; raises `WrongPartitions` if one is there with other partitions."""
    topics = declared()
    admin = AIOKafkaAdminClient(**kafka.options(servers))
    await admin.start()
    try:
        for name in names:
            topic = topics[name]
            wanted = logs if topic.partitions == "logs" else topic.partitions
            found = await _partitions(admin, name)
            if found == 0:
                await _create(admin, name, wanted, topic.cleanup, replication)
            elif found != wanted:
                raise WrongPartitions(f"{name} has {found} partitions, but {wanted} are needed: set TRAMA_LOGS={found}")
    finally:
        await admin.close()


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
