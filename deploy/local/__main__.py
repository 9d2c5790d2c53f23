"""`python -m deploy.local`: run the local stack in the foreground until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

from deploy.local.external import External
from deploy.local.process import StartFailed
from deploy.local.stack import SERVICES, Stack
from deploy.local.supervise import Event


def command_line(arguments: list[str] | None = None) -> argparse.Namespace:
    """The parsed command line."""
    outside = External.from_environment()
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description="Run Trama on this machine.")
    parser.add_argument("--data", type=Path, default=Path(".trama"), help="where everything is kept (%(default)s)")
    parser.add_argument("--services", nargs="*", choices=SERVICES, default=list(SERVICES), metavar="SERVICE",
                        help="services to run (default: all; none named: servers only)")  # fmt: skip
    parser.add_argument("--mongo-url", default=outside.mongo_url, help="use this replica set (TRAMA_MONGO_URL)")
    parser.add_argument("--kafka-servers", default=outside.kafka_servers, help="use this Kafka (TRAMA_KAFKA_SERVERS)")
    parser.add_argument("--oidc-issuer", default=outside.oidc_issuer, help="use this issuer (TRAMA_OIDC_ISSUER)")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, flush=True)


async def run(given: argparse.Namespace) -> bool:
    """Bring the stack up, tell where everything is, keep it up until a signal; whether it was up by then."""
    began, up = time.monotonic(), False

    def on_event(event: Event) -> None:
        _say(f"{time.monotonic() - began:6.1f} s  {event.name:<11} {event.what:<9} {event.detail}".rstrip())

    outside = External(given.mongo_url, given.kafka_servers, given.oidc_issuer)
    stack = Stack(given.data, given.services, on_event, say=_say, external=outside, handle_signals=True)
    async with stack:
        _say(f"starting in {given.data.absolute()} (process {os.getpid()})")
        await stack.ready()
        up = True
        _say(f"\nready after {time.monotonic() - began:.1f} s")
        for name, address in stack.addresses.items():
            # a given MongoDB URL may hold a password
            _say(f"  {name:<11} {'as given' if name in outside.addresses() else address}")
        _say(f"  logs        {given.data.absolute() / 'logs'}\nCtrl-C stops everything; the data is kept.\n")
        await stack.wait()
    _say("everything is stopped")
    return up


def main() -> int:
    """0 after an orderly stop, 130 if it was stopped before all was up, 1 if it could not be started."""
    try:
        return 0 if asyncio.run(run(command_line())) else 130
    except StartFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
