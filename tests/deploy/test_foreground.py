"""The local stack as a user runs it: one command, ended by Ctrl-C, or by worse."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import MongoClient

from deploy.local import state
from tests.deploy.foreground import Foreground, eventually, none_left, pids


def insert(url: str, word: str) -> None:
    with MongoClient[dict[str, Any]](url, w="majority", journal=True, serverSelectionTimeoutMS=60_000) as client:
        client.kept.words.insert_one({"word": word})


def words(url: str) -> list[str]:
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=60_000) as client:
        return [found["word"] for found in client.kept.words.find().sort("_id")]


async def create_and_send(servers: str, word: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=servers, acks="all") as producer:
        await producer.send_and_wait("kept", word)


async def first_message(servers: str) -> bytes | None:
    async with AIOKafkaConsumer("kept", bootstrap_servers=servers, auto_offset_reset="earliest") as consumer:
        value: bytes | None = (await asyncio.wait_for(consumer.getone(), 60)).value
        return value


async def test_a_stack_goes_on_where_the_one_before_was_and_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C, SIGTERM and kill -9 end every process; what was written is there in the next run, at the same address."""
    stack = Foreground(tmp_path / "data")
    first = stack.ready()
    insert(first.addresses["mongo"], "one")
    await create_and_send(first.addresses["kafka"], b"one")
    assert stack.end(signal.SIGINT) == 0
    assert none_left(pids(first))
    assert state.running(stack.data) is None
    assert "everything is stopped" in stack.output()

    stack = Foreground(tmp_path / "data")
    second = stack.ready()
    assert second.addresses == first.addresses
    assert words(second.addresses["mongo"]) == ["one"]
    assert await first_message(second.addresses["kafka"]) == b"one"
    insert(second.addresses["mongo"], "two")
    stack.end(signal.SIGKILL)
    eventually("kill -9 of the supervisor ends its processes", lambda: none_left(pids(second)), 30)
    assert state.running(stack.data) is None

    stack = Foreground(tmp_path / "data")
    third = stack.ready()
    assert words(third.addresses["mongo"]) == ["one", "two"]
    await another_stack_is_refused(stack)
    kill_and_see_it_back(stack, third)
    assert words(third.addresses["mongo"]) == ["one", "two"]
    assert stack.end(signal.SIGTERM) == 0
    assert none_left(pids(third))


async def another_stack_is_refused(stack: Foreground) -> None:
    other = Foreground(stack.data)
    assert other.process.wait(60) == 1
    assert f"another stack (process {stack.process.pid}) is running on" in other.output()


def kill_and_see_it_back(stack: Foreground, before: state.StackState) -> None:
    for name in ("mongo", "kafka", "issuer"):
        killed = before.parts[name].pid
        assert killed
        os.kill(killed, signal.SIGKILL)

    def all_back() -> bool:
        parts = stack.now().parts
        return all(p.state == "ready" and p.restarts == 1 and p.pid != before.parts[n].pid for n, p in parts.items())

    eventually("each killed server is ready again", all_back)


def test_signals_while_starting_leave_nothing(tmp_path: Path) -> None:
    """Ctrl-C, twice, before the servers are up: an orderly end, and no process."""
    stack = Foreground(tmp_path / "data")
    eventually("the first process runs", lambda: bool((now := state.running(stack.data)) and pids(now)))
    begun = pids(stack.now())
    assert stack.end(signal.SIGINT, times=2) == 130
    assert none_left(begun)
