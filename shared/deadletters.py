"""Copies of what failed, with the error, on the topic `dead-letters`: laid out with the parking; sent until there.

A copy is sent again if it is not known to have arrived: the header `entry` tells such twins.
"""

from __future__ import annotations

from collections.abc import Sequence

from faststream.kafka import KafkaBroker

from shared.mongo import Database

TOPIC = "dead-letters"


async def send_dead_letters(database: Database, broker: KafkaBroker, subscription: str, logs: Sequence[str]) -> int:
    """Send the copies that are laid out for `logs`, in order; how many. Raises errors of Kafka and the database."""
    query = {"subscription": subscription, "log": {"$in": list(logs)}}
    letters = await database["dead_letters"].find(query).sort("_id", 1).to_list(100)
    for letter in letters:
        await broker.publish(letter["value"], TOPIC, key=letter["key"], headers=letter["headers"])
        await database["dead_letters"].delete_one({"_id": letter["_id"]})
    return len(letters)
