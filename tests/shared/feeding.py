"""Messages of a log as Kafka would hand them out, and a projection whose events can be made to fail."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from shared.contracts.base import Recorded
from shared.documents import apply_to
from shared.errors import Unavailable
from shared.eventstore import GENESIS, Draft, EventStore, open_store
from shared.execute import Context, execute
from shared.mongo import Client, Database
from shared.parking_orders import request_retry
from shared.projection import Document, Projection
from shared.redrive import redrive
from shared.subscribe import Subscription
from shared.wire import Headers, messages, stamp_of
from tests.shared.counting import COUNTER, Add

STREAMS = 7


@dataclass
class Message:
    """What a Kafka record holds."""

    key: bytes
    value: bytes
    headers: Headers
    topic: str = "test"
    partition: int = 0
    offset: int = 0

    @property
    def place(self) -> tuple[int, int]:
        return stamp_of(self).place

    @property
    def stream(self) -> str:
        return self.key.decode()


async def fill(database: Database, commits: int, service: str = "test", logs: int = 1) -> EventStore:
    """A store of `commits` commits of one to three events, on seven streams."""
    store: EventStore = await open_store(database, service, logs)
    for i in range(commits):
        order = Context(actor=service, key=f"k{i}", correlation="c")
        await execute(store, COUNTER, f"thing-{i % STREAMS}", Add(by=1, times=1 + i % 3), order)
    return store


async def append_as(store: EventStore, stream: str, type_name: str) -> None:
    """Another event on a stream, of a type as a newer release may write it."""
    last = (await store.load(stream))[-1]
    event = json.loads(last.texts[0]) | {"id": uuid.uuid4().hex, "type": type_name}
    await store.append(Draft(event["id"], stream, last.version, (type_name,), (json.dumps(event),), "f" * 64))


async def log_of(store: EventStore, number: int = 0) -> list[Message]:
    """What the relay makes of a log."""
    value = GENESIS
    sent: list[Message] = []
    for commit in await store.read(store.log_names[number], 0):
        for key, text, headers in messages(commit, value):
            sent.append(Message(key, text, headers, store.service, number, len(sent)))
        value = commit.hash
    return sent


async def send_unreadable(servers: str, topic: str) -> None:
    """A message on the first partition that aiokafka can't read: the name of a header is not UTF-8."""
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        batch = producer.create_batch()
        batch.append(key=None, value=b"not ours", timestamp=None, headers=[("name", b"x")])
        written = bytearray(batch._build().replace(b"name", b"\xff\xfe\xff\xfe"))
        written[17:21] = calc_crc32c(bytes(written[21:])).to_bytes(4)
        batch._build = lambda: written
        await (await producer.send_batch(batch, topic, partition=0))


@dataclass
class Tally:
    """A projection: the places of the events that each stream's document has seen, in order; `poison` ones fail.

    At an event in `outage` the server is away, once.
    """

    client: Client
    database: Database
    name: str = "tally"
    poison: set[tuple[int, int]] = field(default_factory=set)
    outage: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.projection = Projection(f"view_{self.name}", self.evolve)
        self.restart()

    def restart(self) -> None:
        """Nothing is known any more but what is in the database."""
        self.apply = apply_to(self.database, [self.projection])
        self.subscription = Subscription(self.name, self.client, self.database, apply=self.apply)

    def evolve(self, document: Document | None, event: Recorded) -> Document:
        if (event.n, event.index) in self.poison:
            raise ValueError(f"cannot digest {event.n}.{event.index}")
        if (event.n, event.index) in self.outage:
            self.outage.remove((event.n, event.index))
            raise Unavailable("the primary stepped down")
        seen = document["seen"] if document else []
        return {"seen": [*seen, f"{event.log}:{event.n}.{event.index}"]}

    async def take(self, batch: Sequence[Message]) -> bool:
        return await self.subscription.take(batch)

    async def retry(self, id: str) -> None:
        """An operator asks for a retry, and the owner of the partition does it."""
        entry = await request_retry(self.database, id, "ana")
        await redrive(self.subscription, [entry.log])

    async def seen(self) -> dict[str, list[str]]:
        """What was seen, per stream."""
        found = self.database[self.projection.collection].find()
        return {document["_id"]: document["seen"] async for document in found}

    async def kept(self, status: str) -> list[str]:
        """The places of what is parked or waits, in order."""
        query = {"status": status, "subscription": self.name}
        found = self.database["parked"].find(query).sort([("n", 1), ("index", 1)])
        return [f"{entry['log']}:{entry['n']}.{entry['index']}" async for entry in found]


def expected(log: Sequence[Message], without: Collection[tuple[int, int]] = ()) -> dict[str, list[str]]:
    """What each stream's document has seen when everything but `without` was applied."""
    seen: dict[str, list[str]] = {}
    for message in log:
        stamp = stamp_of(message)
        if stamp.place not in without:
            seen.setdefault(message.stream, []).append(f"{stamp.log}:{stamp.n}.{stamp.index}")
    return seen


def batches(log: Sequence[Message], dice: random.Random) -> Iterator[Sequence[Message]]:
    """The log in batches that are cut anywhere and overlap, as after rebalances and restarts."""
    at = 0
    while at < len(log):
        start, end = max(0, at - dice.randrange(10)), min(len(log), at + 1 + dice.randrange(25))
        yield log[start:end]
        at = end
