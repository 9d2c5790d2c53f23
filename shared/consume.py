"""The Kafka door: a FastStream batch subscriber around a `Subscription`, acknowledged only after the work.

Errors of the infrastructure are retried with a pause for as long as they last. A chain that does not fit stops its
partition, the others go on; `alarms` names it, for readiness. A message that no relay of Trama wrote is set aside once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from pymongo.errors import PyMongoError

from shared.errors import ChainBroken, Unavailable
from shared.mongo import is_transient
from shared.subscribe import Jump, Message, Overtaken, Subscription, by_partition
from shared.wire import Malformed, stamp_of

MAX_RECORDS = 2_000
BATCH_TIMEOUT_MS = 15
PAUSE = 0.5
PATIENCE = 60.0
"""Seconds that a batch waits for the database before it is handed back: a fifth of `max_poll_interval_ms`."""
log = structlog.get_logger(__name__)


@dataclass
class Consumer:
    """Feeds `subscription` from `topic`, whose partitions are the logs `<source>-<partition>` of another service."""

    subscription: Subscription
    topic: str
    source: str
    alarms: dict[str, str] = field(default_factory=dict)
    _rewound: set[TopicPartition] = field(default_factory=set)

    def attach(self, broker: KafkaBroker) -> None:
        """Subscribe in the group of the subscription's name. The broker starts and stops it."""
        subscriber = broker.subscriber(
            self.topic,
            batch=True,
            group_id=f"{self.subscription.database.name}.{self.subscription.name}",
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            max_records=MAX_RECORDS,
            batch_timeout_ms=BATCH_TIMEOUT_MS,
            parser=_parse,
            decoder=_keep,
        )
        subscriber(self._handle)

    async def _handle(self, body: Any, message: KafkaMessage) -> None:
        consumer: Any = message.consumer
        raw: Any = message.raw_message
        for partition, messages in by_partition(raw).items():
            await self._take(consumer, partition, await self._own(partition, messages))

    async def _own(self, partition: TopicPartition, messages: list[Message]) -> list[Message]:
        """The messages that this log's relay wrote; any other is set aside, once, and not read again."""
        own = []
        for message in messages:
            try:
                stamp = stamp_of(message)
                if stamp.log != f"{self.source}-{partition.partition}":
                    raise Malformed(f"an event of the log {stamp.log} does not belong here")
                own.append(message)
            except Malformed as error:
                await self._patiently(lambda m=message, e=error: self._set_aside(m, str(e)))  # type: ignore[misc]
        return own

    async def _set_aside(self, message: Message, reason: str) -> None:
        where = f"{message.topic}-{message.partition}-{message.offset}"
        document = {"consumer": self.subscription.name, "key": message.key, "value": message.value, "error": reason}
        await self.subscription.database["foreign"].update_one(
            {"_id": f"{self.subscription.name}:{where}"}, {"$setOnInsert": document}, upsert=True
        )
        log.warning("foreign_message_set_aside", consumer=self.subscription.name, message=where, reason=reason)

    async def _take(self, consumer: AIOKafkaConsumer, partition: TopicPartition, messages: list[Message]) -> None:
        try:
            await self._patiently(lambda: self.subscription.take(messages))
            self._rewound.discard(partition)
            self.alarms.pop(f"{self.source}-{partition.partition}", None)
        except Jump as error:
            if partition in self._rewound:
                self._stop(consumer, partition, messages[0].offset, str(error))
            else:
                log.warning("jump_rewinding", consumer=self.subscription.name, reason=str(error))
                self._rewound.add(partition)
                await consumer.seek_to_beginning(partition)
        except ChainBroken as error:
            self._stop(consumer, partition, messages[0].offset, str(error))

    def _stop(self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int, reason: str) -> None:
        self.alarms[f"{self.source}-{partition.partition}"] = reason
        log.error("partition_stopped_by_alarm", consumer=self.subscription.name, reason=reason)
        try:
            consumer.seek(partition, offset)
            consumer.pause(partition)
        except IllegalStateError:  # a rebalance took it away: its new owner will find the same
            log.info("partition_was_reassigned", consumer=self.subscription.name, partition=partition.partition)

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + PATIENCE
        while True:
            try:
                return await work()
            except Overtaken:
                log.info("overtaken_reading_again", consumer=self.subscription.name)
            except (PyMongoError, Unavailable) as error:
                passing = isinstance(error, Unavailable) or is_transient(error)
                if not passing or clock() > deadline:
                    await asyncio.sleep(PAUSE)  # handed back at once, it would spin
                    raise
                log.warning("projection_waits", consumer=self.subscription.name, error=str(error))
                await asyncio.sleep(PAUSE)


async def _parse(messages: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:
    """As the library parses, but blind to headers: one that is not UTF-8 must not lose its whole batch."""
    parsed = await original(tuple(_Bare(m) for m in messages))
    parsed.raw_message = messages
    return parsed


async def _keep(message: Any) -> Any:
    """The bytes as they are: each record is decoded on its own, so that a bad one can't lose the others."""
    return message.body


class _Bare:
    """A record without its headers, as the library's parser reads it."""

    headers: tuple[tuple[str, bytes], ...] = ()

    def __init__(self, record: Message) -> None:
        self.value, self.topic, self.offset, self.timestamp = (
            record.value,
            record.topic,
            record.offset,
            0,
        )
