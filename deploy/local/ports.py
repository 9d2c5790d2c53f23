"""Free TCP ports of the loopback interface, remembered where a restart finds them."""

from __future__ import annotations

import random
import socket

# below the range from which systems take the local ends of outgoing connections: none of those can take a server's port
# in the moment while it restarts
FIRST, LAST = 20_000, 32_000
TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback interface now."""
    with socket.socket() as probe:
        # as the servers do: connections of an earlier run that linger in TIME_WAIT don't count
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(wanted: int | None = None) -> int:
    """`wanted` if it is free, else a free port between 20000 and 32000."""
    if wanted and is_free(wanted):
        return wanted
    for _ in range(TRIES):
        if is_free(port := random.randrange(FIRST, LAST)):
            return port
    raise OSError(f"no free port found between {FIRST} and {LAST} in {TRIES} tries")


def choose(names: dict[str, int | None]) -> dict[str, int]:
    """A free port for each name, no two alike; the value is the one to try first."""
    chosen: dict[str, int] = {}
    for name, wanted in names.items():
        port = free_port(None if wanted in chosen.values() else wanted)
        while port in chosen.values():
            port = free_port()
        chosen[name] = port
    return chosen
