"""Where the tests' servers come from: packages, or containers where `TRAMA_TEST_SERVERS=containers`."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.local import kafka, mongo
from deploy.local.jars import FOLDER, cache
from deploy.local.ports import free_port

MONGO_IMAGE, KAFKA_IMAGE = "mongo:8.0", "apache/kafka:4.3.1"
MEMORY, ROOM, FILES = Path("/dev/shm"), 8 * 1024**3, "trama-tests-of-"
PATIENCE = 60.0
"""Seconds that a container may take until it serves."""
KAFKA_SETTINGS = {
    "NODE_ID": "1",
    "PROCESS_ROLES": "broker,controller",
    "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
    "SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "AUTO_CREATE_TOPICS_ENABLE": "false",
    "LOG_DIRS": "/var/lib/kafka/data",
}


def memory() -> Path | None:
    """A folder in memory, where Linux has one with room: what tests write is not kept, and waits for no disk."""
    if not MEMORY.is_dir() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC or shutil.disk_usage(MEMORY).free < ROOM:
        return None
    return MEMORY


def sweep(folder: Path | None) -> None:
    """Remove what runs of tests that were killed left in memory."""
    for left in folder.glob(f"{FILES}*") if folder else ():
        try:
            os.kill(int(left.name.removeprefix(FILES).partition("-")[0]), 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except PermissionError:  # another user's, which runs
            pass


def in_containers() -> bool:
    """Whether the servers are to be containers; raises `ValueError` for a value that means nothing."""
    wanted = os.environ.get("TRAMA_TEST_SERVERS", "local")
    if wanted not in ("local", "containers"):
        raise ValueError(f"TRAMA_TEST_SERVERS={wanted!r}: use local or containers")
    return wanted == "containers"


@contextmanager
def mongo_server(data: Path) -> Iterator[str]:
    """The URL of a MongoDB replica set of one."""
    if not in_containers():
        server = mongo.start(data, free_port())
        yield mongo.initiate([server])
        server.stop()
        return
    port = free_port()
    # the same port inside and outside: the replica set tells clients its members' own addresses
    command = f"--replSet rs0 --bind_ip_all --port {port}"
    with DockerContainer(MONGO_IMAGE).with_command(command).with_bind_ports(port, port) as container:
        member = f"{_host()}:{port}"
        config = f"rs.initiate({{_id: 'rs0', members: [{{_id: 0, host: '{member}'}}]}})"
        _until_zero(
            container,
            ["mongosh", "--quiet", "--port", str(port), "--eval", f"try {{ rs.status() }} catch (e) {{ {config} }}"],
        )
        primary = "if (!db.hello().isWritablePrimary) quit(1)"
        _until_zero(container, ["mongosh", "--quiet", "--port", str(port), "--eval", primary])
        yield f"mongodb://{member}/?replicaSet=rs0"


@contextmanager
def prepared_java(data: Path) -> Iterator[None]:
    """Kafkas that are started in this block, in whatever process, begin with their classes loaded and linked.

    That halves the work of a start. The archive is made once, by a Kafka that runs for nothing else, and kept with the
    jars; Java passes over one that does not fit.
    """
    if in_containers():
        yield
        return
    contents = (kafka.java().parents[1] / "release").read_bytes() + (FOLDER / "jgo.lock.toml").read_bytes()
    archive = cache() / f"kafka-{hashlib.sha256(contents).hexdigest()[:16]}.aot"
    if not archive.exists():
        made = archive.with_name(f"{archive.name}.{os.getpid()}")
        with _java_options(f"-XX:AOTCacheOutput={made}"):
            trained = kafka.start(data / "training", free_port(), free_port())
            trained.process.terminate()
            trained.process.wait(PATIENCE)
        made.replace(archive)
    with _java_options(f"-XX:AOTCache={archive}"):
        yield


@contextmanager
def _java_options(more: str) -> Iterator[None]:
    before = os.environ.get("JAVA_TOOL_OPTIONS")
    os.environ["JAVA_TOOL_OPTIONS"] = f"{before or ''} {more}".strip()
    yield
    if before is None:
        del os.environ["JAVA_TOOL_OPTIONS"]
    else:
        os.environ["JAVA_TOOL_OPTIONS"] = before


@contextmanager
def kafka_server(data: Path) -> Iterator[str]:
    """The address of an Apache Kafka of one node."""
    port = free_port()
    if not in_containers():
        server = kafka.start(data, port, free_port())
        yield f"127.0.0.1:{port}"
        server.stop()
        return
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(port, port)
    listeners = {
        "LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://{_host()}:{port}",
    }
    for name, value in (KAFKA_SETTINGS | listeners).items():
        container = container.with_env(f"KAFKA_{name}", value)
    with container:
        tool = "/opt/kafka/bin/kafka-topics.sh"
        _until_zero(container, [tool, "--bootstrap-server", f"localhost:{port}", "--list"])
        yield f"{_host()}:{port}"


def _host() -> str:
    """Where published ports of containers are reached."""
    host = DockerClient().host()
    return "127.0.0.1" if host == "localhost" else host


def _until_zero(container: DockerContainer, command: list[str]) -> None:
    """Run the command in the container until it succeeds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        code, output = container.exec(command)
        if code == 0:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{command[0]} in {container._name}: {output.decode(errors='replace')[-500:]}")
        time.sleep(0.2)
