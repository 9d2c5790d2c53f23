"""The parts of the stack: how each is started and what proves that it serves. `data` is an absolute path."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import httpx

from deploy.local import kafka, mongo
from deploy.local.jars import jars
from deploy.local.supervise import Part, run_once

ROOT = Path(__file__).parents[2]


def _log(data: Path, name: str) -> Path:
    return data / "logs" / f"{name}.log"


def _python(module: str, *arguments: str) -> list[str]:
    # -P: the current directory is the user's, not a place to import from
    return [sys.executable, "-P", "-m", module, *arguments]


def _environment(more: dict[str, str]) -> dict[str, str]:
    environment = os.environ | {"PYTHONUNBUFFERED": "1"} | more
    if (ROOT / "pyproject.toml").exists():  # run from a work tree: nothing need be installed
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return environment


async def mongo_part(data: Path, port: int) -> Part:
    """MongoDB, a replica set of one."""

    async def answers() -> bool:
        return await asyncio.to_thread(mongo.serves, [port])

    line = mongo.command(data / "mongo", port)
    return Part("mongo", line, _log(data, "mongo"), answers, port)


async def kafka_part(data: Path, port: int, controller_port: int, say: Callable[[str], None]) -> Part:
    """Apache Kafka; its jars are fetched and its storage formatted where that was not done yet."""

    async def answers() -> bool:
        return await kafka.answers(servers)

    files, log, servers = data / "kafka", _log(data, "kafka"), f"127.0.0.1:{port}"
    classpath = await asyncio.to_thread(jars, say=say)
    line = kafka.command(files, port, controller_port, classpath)
    if kafka.needs_format(files):
        await run_once("formatting Kafka's storage", kafka.format_command(files, classpath), log)
    return Part("kafka", line, log, answers, port)


async def issuer_part(data: Path, port: int) -> Part:
    """The token issuer."""
    url = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        return await issuer_answers(url)

    line = _python("deploy.local.issuer", "--port", str(port), "--data", str(data / "issuer"))
    return Part("issuer", line, _log(data, "issuer"), answers, port, _environment({}))


async def service_part(data: Path, name: str, port: int, environment: dict[str, str]) -> Part:
    """One of the services, `environment` telling it where the servers are."""
    url = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        found = await _get(f"{url}/health/ready")
        return found is not None and found.status_code == httpx.codes.OK

    more = environment | {"TRAMA_HTTP_HOST": "127.0.0.1", "TRAMA_HTTP_PORT": str(port)}
    return Part(name, _python(f"services.{name}"), _log(data, name), answers, port, _environment(more), 90.0)


async def issuer_answers(url: str) -> bool:
    """Whether the OpenID Connect issuer `url` is there and calls itself so."""
    found = await _get(f"{url.rstrip('/')}/.well-known/openid-configuration")
    return bool(found and found.status_code == httpx.codes.OK and found.json().get("issuer") == url)


async def _get(url: str) -> httpx.Response | None:
    """The answer, or None while nobody answers."""
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False, verify=_trusted()) as client:
            return await client.get(url)
    except httpx.TransportError:
        return None


@cache
def _trusted() -> ssl.SSLContext:
    """Made once: it takes 20 ms of processor time, and parts are asked many times a second until they answer."""
    return httpx.create_ssl_context(trust_env=False)
