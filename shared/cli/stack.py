"""`up`: the whole system on this machine."""

from __future__ import annotations

import argparse
import asyncio
from typing import Annotated

import typer

from shared.cli.command import Result, Session, command
from shared.cli.failure import Code, Failure
from shared.cli.places import Service


def add(app: typer.Typer) -> None:
    """Add this command to `app`."""
    examples = ["trama up", "trama up --data /var/lib/trama", "TRAMA_MONGO_URL=mongodb://db/ trama up"]
    command(app, "up", examples)(up)


def up(
    session: Session,
    service: Annotated[list[Service] | None, typer.Option(help="run only this service; may be repeated")] = None,
    servers_only: Annotated[bool, typer.Option("--servers-only", help="run the servers alone, no service")] = False,
) -> Result:
    """Start MongoDB, Kafka, a token issuer and the services here, and keep them up until Ctrl-C. The data is kept.

    TRAMA_MONGO_URL, TRAMA_KAFKA_SERVERS and TRAMA_OIDC_ISSUER name servers to use instead of own ones.
    """
    from deploy.local.__main__ import run
    from deploy.local.external import External
    from deploy.local.process import StartFailed

    if session.json:
        raise Failure(Code.USAGE, "no-json", command="trama up")
    services = [] if servers_only else [s.value for s in service or list(Service)]
    outside = External.from_environment()
    given = argparse.Namespace(
        data=session.data,
        services=services,
        mongo_url=outside.mongo_url,
        kafka_servers=outside.kafka_servers,
        oidc_issuer=outside.oidc_issuer,
    )
    try:
        up = asyncio.run(run(given))
    except StartFailed as error:
        raise Failure(Code.UNREACHABLE, "not-started", reason=error) from None
    return None if up else Code.INTERRUPTED
