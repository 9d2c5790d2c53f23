"""The Kafka door: a FastStream batch subscriber around a `Subscription`.

What was taken is told to Kafka every second, for all batches at once: positions are in the database, and what comes
again after a crash is passed over. So the committed offset is never ahead of the position. Errors of the infrastructure
are retried with a pause for as long as they last. A chain that does not fit stops its partition, the others go on;
`alarms` names it, for readiness, and it is tried again by itself every few seconds. A message that no relay of Trama
wrote is parked and holds up nothing; one that the library can't read is an alarm. Where a position is behind what was
read already, the partition is read again from its beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from tenacity import stop_after_delay

from shared.behind import Comparison
from shared.deadletters import send_dead_letters
from shared.errors import ChainBroken
from shared.faults import PAUSE, Pause, passes
from shared.foreign import park_foreign, sift
from shared.kafka import LOOKING
from shared.parking import prepare
from shared.raw import by_partition, keep_raw, parse_blindly, wait_for_batch
from shared.reading import Reading
from shared.redrive import redrive
from shared.retry import again
from shared.stopped import StoppedPartitions
from shared.subscribe import Jump, Message, Subscription
from shared.taken import Taken
from shared.telling import told, trace
from shared.upkeep import keep_doing

FETCH_BYTES = 2 * 1024 * 1024
"""How much is fetched of a partition at once: with less, batches stay too small to be worth a transaction."""
LETTERS = 5.0
"""Seconds between two looks for copies of what failed: nobody waits for them."""
PATIENCE = 60.0
"""Seconds that a batch waits for the database before it is handed back: a fifth of `max_poll_interval_ms`."""
LONGEST = 150.0
"""Seconds that a batch may take in all; what it has not done by then is read again."""
BEHIND = "the position was lost or is an older backup's: the events are read again from the beginning"
AHEAD = (
    "the topic ends before what was taken of it: it lost its tail, and its relay fills it again; or the store behind "
    "it is an older backup's"
)
STILL = "messages are there that are not read: Kafka does not answer, or what is at offset {} can't be read"
log = structlog.get_logger(__name__)


@dataclass
class Consumer:
    """Feeds `subscription` from `topic`, whose partitions are the logs `<source>-<partition>` of another service.

    `alarms` tells, per log, why it does not go on. `attach` it before the broker starts, and `run` it beside.
    """

    subscription: Subscription
    topic: str
    source: str
    alarms: dict[str, str] = field(default_factory=dict)
    _stopped: StoppedPartitions = field(default_factory=StoppedPartitions)
    _taken: Taken = field(default_factory=Taken)
    _reading: Reading = field(default_factory=Reading)
    _broker: KafkaBroker | None = None
    _subscriber: BatchSubscriber | None = None

    def __post_init__(self) -> None:
        self._comparison = Comparison(self.subscription, self.source, self._calm)

    def attach(self, broker: KafkaBroker) -> None:
        """Subscribe in the group of the subscription's name. The broker starts and stops it."""
        subscriber = broker.subscriber(
            self.topic,
            batch=True,
            group_id=f"{self.subscription.database.name}.{self.subscription.name}",
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            max_partition_fetch_bytes=FETCH_BYTES,
            parser=parse_blindly,
            decoder=keep_raw,
            listener=self._comparison,
        )
        subscriber(self._handle)
        subscriber.get_msg = wait_for_batch  # type: ignore[method-assign]
        self._broker, self._subscriber = broker, subscriber

    async def join(self) -> None:
        """Join the group and begin to read; the topic must be there. After an error it may be tried again."""
        if self._subscriber is None:
            raise RuntimeError(f"{self.subscription.name} is not attached to a broker")
        try:
            await self._subscriber.start()
        except BaseException:
            await self._subscriber.stop()
            raise

    async def run(self) -> None:
        """Carry out operators' requests, send dead letters, compare positions, try stopped partitions again.

        And see that reading goes on. Until cancelled.
        """
        await again(lambda: prepare(self.subscription.database), passes, stop_after_delay(PATIENCE), Pause())
        async with asyncio.TaskGroup() as group:
            for work in (self._redrive, self._compare, self._heal, self._commit, self._watch):
                group.create_task(keep_doing(work, self.subscription.name))
            group.create_task(keep_doing(self._send_dead_letters, self.subscription.name, LETTERS))

    @property
    def partitions(self) -> list[TopicPartition]:
        """The partitions that are assigned to this process now."""
        consumer = self._consumer
        return sorted(consumer.assignment()) if consumer is not None else []

    @property
    def assigned(self) -> list[str]:
        """Their logs."""
        return [self._log(partition) for partition in self.partitions]

    @property
    def open(self) -> list[str]:
        """Those of which it is not known yet whether the subscription stands where its group has read to."""
        return [self._log(partition) for partition in self._comparison.open(self.partitions)]

    async def lag(self) -> dict[str, int]:
        """Per assigned log, how many messages are known to be there and have not been read."""
        consumer, lag = self._consumer, {}
        for partition in self.partitions:
            end = consumer.highwater(partition) if consumer is not None else None
            if consumer is not None and end is not None and partition in consumer.assignment():
                lag[self._log(partition)] = max(0, end - await consumer.position(partition))
        return lag

    @property
    def _consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer if self._subscriber is not None else None

    def _log(self, partition: TopicPartition) -> str:
        return f"{self.source}-{partition.partition}"

    async def _handle(self, body: Any, message: KafkaMessage) -> None:
        consumer: Any = message.consumer
        raw: Any = message.raw_message
        parts = by_partition(raw).items()
        results = await asyncio.gather(
            *(self._take_or_hand_back(consumer, partition, messages) for partition, messages in parts),
            return_exceptions=True,
        )
        for error in filter(None, results):
            raise error

    async def _take_or_hand_back(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, messages: list[Message]
    ) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                await self._take(consumer, partition, messages)
        except Exception as error:
            self.alarms[self._log(partition)] = told(error)
            log.error("batch_handed_back", consumer=self.subscription.name, error=told(error), trace=trace(error))
            try:
                consumer.seek(partition, messages[0].offset)
            except IllegalStateError:  # a rebalance took it away: its new owner reads it
                self._calm(partition)
            await asyncio.sleep(PAUSE)  # handed back at once, it would spin
            raise

    async def _take(self, consumer: AIOKafkaConsumer, partition: TopicPartition, messages: list[Message]) -> None:
        name = self._log(partition)
        own, stamps, foreign = sift(name, messages)
        for message, reason in foreign:  # parked, once, and not read again
            await self._patiently(lambda m=message, r=reason: park_foreign(self.subscription, name, m, r))  # type: ignore[misc]
        try:
            moved = await self._patiently(lambda: self.subscription.take(own, stamps))
        except (Jump, ChainBroken) as error:
            if isinstance(error, Jump) and self._stopped.may_rewind(partition):
                log.warning("jump_rewinding", consumer=self.subscription.name, reason=str(error))
                await consumer.seek_to_beginning(partition)
            else:
                self.alarms[name] = str(error)
                log.error("partition_stopped_by_alarm", consumer=self.subscription.name, reason=str(error))
                self._stopped.stop(consumer, partition, own[0].offset)
        else:
            if moved:
                self._stopped.healed(partition)
            if partition not in self._stopped:
                self._taken.upto(partition, messages[-1].offset + 1)
                self._calm(partition)

    def _calm(self, partition: TopicPartition) -> None:
        if partition in self._comparison.behind:
            self.alarms[self._log(partition)] = BEHIND
        elif partition in self._comparison.ahead:
            self.alarms[self._log(partition)] = AHEAD
        elif (offset := self._reading.still.get(partition)) is not None:
            self.alarms[self._log(partition)] = STILL.format(offset)
        else:
            self.alarms.pop(self._log(partition), None)

    async def _patiently(self, work: Callable[[], Awaitable[Any]]) -> Any:
        def tell(error: BaseException) -> None:
            log.warning("consumer_waits", consumer=self.subscription.name, error=told(error))

        return await again(work, passes, stop_after_delay(PATIENCE), Pause(), tell)

    async def _redrive(self) -> None:
        if logs := self.assigned:
            await redrive(self.subscription, logs)

    async def _send_dead_letters(self) -> None:
        if self._broker is not None and (logs := self.assigned):
            while await send_dead_letters(self.subscription.database, self._broker, self.subscription.name, logs):
                pass

    async def _heal(self) -> None:
        if (consumer := self._consumer) is not None:
            for partition in await self._stopped.heal(consumer):
                self._calm(partition)

    async def _watch(self) -> None:
        if (consumer := self._consumer) is not None:
            for partition in await self._reading.look(consumer):
                if partition not in self._stopped:
                    self._calm(partition)

    async def _commit(self) -> None:
        if (consumer := self._consumer) is not None:
            await self._taken.tell(consumer)

    async def _compare(self) -> None:
        if (consumer := self._consumer) is None or (subscriber := self._subscriber) is None:
            return
        reader = partial(subscriber.builder, group_id=None, **LOOKING)
        await self._comparison.compare(consumer, reader)
        for partition in await self._comparison.caught_up(consumer):
            if partition not in self._stopped:
                self._calm(partition)
