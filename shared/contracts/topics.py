"""Who emits what and who reads what: the one place, checked against the code. Pure.

Partitions and cleanup of each topic are in `deploy/topics/topics.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.contracts.base import Fact, kinds

PACKAGE = __name__.rpartition(".")[0]
SERVICES = ("intake", "evaluation", "monitoring", "reporting")


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic: its one emitter, and what a record on it is.

    A `record` is a step of a history with its place in a log, proved by its headers; a `state` the latest row of a key.
    `types` names the events where not every fact of the emitter's module goes there.
    """

    emitter: str
    kind: Literal["record", "state"]
    summary: str
    types: tuple[str, ...] = ()


CHANNELS: Mapping[str, Channel] = {
    "intake.proposals": Channel("intake", "record", "What offices did with proposals: the full history."),
    "evaluation.scoring": Channel("evaluation", "record", "Assessments, decisions and policies: the full history."),
    "monitoring.projects": Channel("monitoring", "record", "What approved projects did: the full history."),
    "reporting.countries": Channel(
        "reporting", "state", "The figures of each country: the latest row of each key.", ("country.reported.v1",)
    ),
    "reporting.clusters": Channel(
        "reporting", "state", "The figures of each cluster: the latest row of each key.", ("cluster.reported.v1",)
    ),
}

READS: Mapping[str, tuple[str, ...]] = {
    "intake": ("evaluation.scoring",),
    "evaluation": ("intake.proposals",),
    "monitoring": ("evaluation.scoring",),
    "reporting": ("intake.proposals", "evaluation.scoring", "monitoring.projects"),
}


def contract_types() -> dict[str, type[Fact]]:
    """Every fact of the contracts by its stored name, in order; facts that others define for themselves left out."""
    return {name: fact for name, fact in sorted(kinds().items()) if fact.__module__.startswith(f"{PACKAGE}.")}


def types_on(topic: str) -> tuple[str, ...]:
    """The stored names of the events on a topic, in order."""
    channel = CHANNELS[topic]
    module = f"{PACKAGE}.{channel.emitter}"
    return channel.types or tuple(n for n, fact in contract_types().items() if fact.__module__ == module)


def topic_of(type_name: str) -> str:
    """The topic that events of this name are on; raises `KeyError` if no topic carries them."""
    for topic in CHANNELS:
        if type_name in types_on(topic):
            return topic
    raise KeyError(type_name)


def writes(service: str) -> tuple[str, ...]:
    """The topics that a service emits on."""
    return tuple(topic for topic, channel in CHANNELS.items() if channel.emitter == service)
