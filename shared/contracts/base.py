"""The envelope: CloudEvents 1.0 in structured mode, and where a recorded event stands in its log.

The JSON text of a `CloudEvent` is what is hashed, stored, published and kept in the journal, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, SerializeAsAny

_KINDS: dict[str, type[Fact]] = {}


class Fact(BaseModel):
    """What happened, in the past tense. Its stored name is chosen text with a version, given as `type=`.

    Consumers tolerate fields they do not know, so a producer may add optional ones.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str] = ""

    def __init_subclass__(cls, type: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if type:
            if type in _KINDS:
                raise TypeError(f"two facts are named {type}: {_KINDS[type].__name__} and {cls.__name__}")
            cls.type = type
            _KINDS[type] = cls


class Unknown(Fact):
    """What happened is of a type that this version does not know: to be kept, and passed over by whoever reads.

    `country`, where it says one, is still needed: it tells who may see the event.
    """

    country: str | None = None


def kinds() -> dict[str, type[Fact]]:
    """All facts that have been defined so far, by their stored name."""
    return dict(_KINDS)


D = TypeVar("D", bound=Fact, covariant=True)


class CloudEvent(BaseModel, Generic[D]):
    """A CloudEvents 1.0 event with the programme's extensions.

    `subject` is the stream's id; `time` the business time, which may lie in the past; `sequence` the event's number
    in its stream, from 1, as text of ten digits (CloudEvents' sequence extension sorts as text); `actor` the opaque id
    of who caused it; `causationid` the id of the event that caused it, if one did.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: str = "application/json"
    dataschema: str
    sequence: str
    correlationid: str
    causationid: str | None = None
    actor: str
    traceparent: str | None = None
    data: SerializeAsAny[D]


@dataclass(slots=True)
class Recorded:
    """An event and where it stands: its log, the commit's position `n` there, its place in the commit.

    Never changed; not frozen, since that would triple the cost of making one, and one is made per event and consumer.

    `version` is the stream's commit number; `hash` the chain's value after this event (hex SHA-256), which for the last
    event of a commit is the commit's own; `text` the event's JSON text as it was stored.
    """

    event: CloudEvent[Fact]
    log: str
    n: int
    index: int
    count: int
    version: int
    command: str
    recorded: datetime
    hash: str
    text: str

    @property
    def fact(self) -> Fact:
        """The fact itself."""
        return self.event.data

    @property
    def stream(self) -> str:
        """The id of the stream that the event belongs to."""
        return self.event.subject
