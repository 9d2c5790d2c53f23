"""Events of different topics and logs arrive in any order; a projection of several topics ends the same."""

from __future__ import annotations

import random

import pytest

from shared.contracts.base import Recorded
from shared.documents import apply_to
from shared.mongo import Client, Database
from shared.parking import parked_list
from shared.parking_orders import request_retry
from shared.projection import Document, Projection
from shared.redrive import redrive
from shared.subscribe import Subscription
from tests.shared.feeding import Message, batches, fill, log_of

Logs = dict[str, list[Message]]


@pytest.fixture
async def logs(database: Database) -> Logs:
    """Two logs of each of two topics, with the same streams in both topics."""
    stores = [await fill(database, 40, "test", 2), await fill(database, 30, "other", 2)]
    return {f"{store.service}-{i}": await log_of(store, i) for store in stores for i in range(2)}


class Both:
    """One document per stream, of two topics; a few events fail until they are forgiven."""

    def __init__(self, client: Client, database: Database, name: str, poison: set[str]) -> None:
        self.poison, self.database = poison, database
        self.projection = Projection(name, self.evolve)
        apply = apply_to(database, [self.projection])
        self.subscriptions = {
            topic: Subscription(f"{name}.{topic}", client, database, apply=apply) for topic in ("test", "other")
        }

    def evolve(self, document: Document | None, event: Recorded) -> Document:
        """What each topic says stands apart, so that their order does not matter."""
        if event.event.id in self.poison:
            raise ValueError("cannot digest")
        topic = event.log.split("-")[0]
        before = document or {"test": [], "other": []}
        return {"test": before["test"], "other": before["other"], topic: [*before[topic], event.event.id]}

    async def retry_all(self) -> None:
        for entry in await parked_list(self.database, limit=1000):
            subscription = self.subscriptions[entry.log.split("-")[0]]
            if entry.status == "parked" and entry.subscription == subscription.name:
                await request_retry(self.database, entry.id, "ana")
                await redrive(subscription, [entry.log])

    async def end(self) -> list[Document]:
        return await self.database[self.projection.collection].find(sort=[("_id", 1)]).to_list(None)


async def test_any_interleaving_of_topics_and_logs_ends_the_same(
    client: Client, database: Database, logs: Logs
) -> None:
    ends = []
    for seed in range(4):
        dice = random.Random(seed)
        poison = {_id(dice.choice(log)) for log in logs.values()} if seed else set()
        both = Both(client, database, f"both{seed}", poison)
        pending = {name: list(batches(log, dice)) for name, log in logs.items()}
        while any(pending.values()):
            name = dice.choice([n for n, left in pending.items() if left])
            await both.subscriptions[name.split("-")[0]].take(pending[name].pop(0))
            if dice.random() < 0.05:
                both.poison.clear()
        both.poison.clear()
        await both.retry_all()
        ends.append(await both.end())
    assert len(ends[0]) == 7
    assert all(end == ends[0] for end in ends)


def _id(message: Message) -> str:
    return message.value.split(b'"id":"')[1].split(b'"')[0].decode()
