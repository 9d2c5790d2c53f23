"""What `doctor` looks at: this machine, the servers, the services. Each check says what to do where it fails."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import httpx

from shared.cli.client import Client
from shared.cli.command import Session
from shared.cli.failure import Failure
from shared.cli.places import SERVICES
from shared.version import VERSION

GIGABYTE = 1_000_000_000
WANTED, NEEDED = 5 * GIGABYTE, 1 * GIGABYTE
"""Free disk space: below the first a warning, below the second a failure."""
CLOCK = 1.0
"""Seconds that a clock may differ from the database's: the services' own bound."""


@dataclass(frozen=True)
class Check:
    """What one check found, and what to do if it is not `ok`."""

    name: str
    state: Literal["ok", "warning", "failed"]
    found: str
    fix: str = ""


def machine(data: Path) -> Iterator[Check]:
    """Whether the local stack can run here."""
    yield _python()
    yield from _packages()
    yield _disk(data)
    yield from _ports(data)


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        return Check("python", "ok", found)
    fix = "nothing, if mongod and java are ok below; else use docker compose up, or external servers"
    return Check("python", "warning", f"{found}: the packaged mongod is for Linux x86_64", fix)


def _packages() -> Iterator[Check]:
    from deploy.local import jars, kafka, mongo

    outside = os.environ
    yield _given("mongod", "TRAMA_MONGO_URL") if outside.get("TRAMA_MONGO_URL") else _starts("mongod", mongo.binary)
    if outside.get("TRAMA_KAFKA_SERVERS"):
        yield _given("kafka", "TRAMA_KAFKA_SERVERS")
        return
    yield _starts("java", kafka.java)
    there = (jars.cache() / "maven").exists()
    yield Check("kafka's jars", "ok", "fetched" if there else "will be fetched at the first start")


def _given(name: str, variable: str) -> Check:
    return Check(name, "ok", f"not needed: {variable} names an external server")


def _starts(name: str, find: Callable[[], Path]) -> Check:
    from deploy.local.process import StartFailed

    try:
        return Check(name, "ok", str(find()))
    except StartFailed as error:
        return Check(name, "failed", "can't be started here", str(error))


def _disk(data: Path) -> Check:
    place = data.absolute()
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK):
        return Check("disk", "failed", f"{place} can't be written", "choose another directory with --data")
    free = shutil.disk_usage(place).free
    state: Literal["ok", "warning", "failed"] = "ok" if free > WANTED else "warning" if free > NEEDED else "failed"
    fix = "" if state == "ok" else "free some space, or choose another disk with --data"
    return Check("disk", state, f"{free / GIGABYTE:.1f} GB free for {data}", fix)


def _ports(data: Path) -> Iterator[Check]:
    from deploy.local import ports, stack, state

    if state.running(data) is None:
        taken = [f"{port} ({name})" for name, port in stack.SERVICES.items() if not ports.is_free(port)]
        fix = "nothing: `trama up` will choose other ports, and say which" if taken else ""
        yield Check("ports", "warning" if taken else "ok", f"taken: {', '.join(taken)}" if taken else "free", fix)


def servers(data: Path) -> Iterator[Check]:
    """Whether the servers answer: the running stack's, or those that the environment names."""
    from deploy.local import state

    running = state.running(data)
    found: dict[str, str] = dict(running.addresses) if running else {}
    named = {"mongo": "TRAMA_MONGO_URL", "kafka": "TRAMA_KAFKA_SERVERS", "issuer": "TRAMA_OIDC_ISSUER"}
    found |= {part: value for part, variable in named.items() if (value := os.environ.get(variable))}
    if running is None:
        fix = "" if any(part in found for part in named) else "start one: trama up"
        yield Check("stack", "ok" if not fix else "warning", f"none runs on {data}", fix)
    for part, look in (("mongo", _mongo), ("kafka", _kafka), ("issuer", _issuer)):
        if part in found:
            yield from look(found[part])


def _mongo(url: str) -> Iterator[Check]:
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=3000, tz_aware=True) as client:
            began = time.time()
            hello = client.admin.command("hello")
            offset = (began + time.time()) / 2 - hello["localTime"].replace(tzinfo=UTC).timestamp()
            version = client.server_info()["version"]
    except PyMongoError:  # not its text: a URL may hold a password
        yield Check("mongo", "failed", "does not answer", "see whether it runs, and TRAMA_MONGO_URL")
        return
    if "setName" in hello or hello.get("msg") == "isdbgrid":
        yield Check("mongo", "ok", f"MongoDB {version}")
    else:
        yield Check("mongo", "failed", "no replica set: there are no transactions", "initiate one: rs.initiate()")
    state: Literal["ok", "failed"] = "ok" if abs(offset) <= CLOCK else "failed"
    yield Check("clock", state, f"{offset:+.3f} s off MongoDB's", "" if state == "ok" else "set the clock (NTP)")


def _kafka(addresses: str) -> Iterator[Check]:
    from deploy.local import kafka

    if asyncio.run(kafka.answers(addresses)):
        yield Check("kafka", "ok", addresses)
    else:
        yield Check("kafka", "failed", f"{addresses} does not answer", "see whether it runs, and TRAMA_KAFKA_SERVERS")


def _issuer(url: str) -> Iterator[Check]:
    fix = "see whether it runs, and TRAMA_OIDC_ISSUER: it must be the very URL that the issuer calls itself"
    try:
        answer = httpx.get(f"{url.rstrip('/')}/.well-known/openid-configuration", timeout=5)
        named = answer.json().get("issuer")
    except (httpx.HTTPError, ValueError, AttributeError):
        yield Check("issuer", "failed", f"{url} does not answer as one", fix)
        return
    yield Check("issuer", "ok", url) if named == url else Check("issuer", "failed", f"calls itself {named}", fix)


def services(session: Session) -> Iterator[Check]:
    """Whether each service that is known answers, is ready, and is of this version."""
    known = session.places.services
    for name in (name for name in SERVICES if name in known):
        try:
            yield _service(session.client, name)
        except Failure as error:
            yield Check(name, "failed", session.say(error.key, **error.values), "start it, and read its log")


def _service(client: Client, name: str) -> Check:
    _, live = client.health(name, "/health/live")
    _, ready = client.health(name, "/health/ready")
    version = live.get("version", "?") if isinstance(live, Mapping) else "?"
    failing = ready.get("failing", []) if isinstance(ready, Mapping) else ["?"]
    if failing:
        return Check(name, "failed", f"not ready: {', '.join(failing)}", f"read the log of {name}: it says why")
    if version != VERSION:
        return Check(name, "warning", f"ready, version {version}", f"this command is {VERSION}: update the older")
    return Check(name, "ok", f"ready, version {version}")


def now() -> str:
    """The time of this machine, for the report's head."""
    return datetime.now(UTC).isoformat(timespec="seconds")
