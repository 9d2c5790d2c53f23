"""Where the services and the issuer are: as told by options and environment, else as the local stack wrote down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from shared.cli.failure import Code, Failure


class Service(StrEnum):
    """The services."""

    INTAKE = "intake"
    EVALUATION = "evaluation"
    MONITORING = "monitoring"
    REPORTING = "reporting"


SERVICES = tuple(service.value for service in Service)


@dataclass(frozen=True)
class Places:
    """Addresses of services, by name, and of the issuer that hands tokens to personas, if there is one."""

    services: Mapping[str, str]
    issuer: str | None

    def service(self, name: str) -> str:
        """The base URL of a service; raises `Failure` that says how to name it."""
        if name not in self.services:
            raise Failure(Code.UNREACHABLE, "no-address", service=name, variable=f"TRAMA_{name.upper()}_URL")
        return self.services[name]


def find(data: Path, url: str | None, environment: Mapping[str, str]) -> Places:
    """The places: `url` (a front door) and TRAMA_<SERVICE>_URL go before the stack that runs on `data`."""
    services = {name: f"{_checked(url, '--url').rstrip('/')}/{name}" for name in SERVICES} if url else {}
    for name in SERVICES:
        if given := environment.get(variable := f"TRAMA_{name.upper()}_URL"):
            services[name] = _checked(given, variable).rstrip("/")
    local = _local(data)
    behind = f"{url.rstrip('/')}/issuer" if url else None  # as docker-compose.yml has it
    issuer = environment.get("TRAMA_OIDC_ISSUER") or behind or local.get("issuer")
    return Places({name: local[name] for name in SERVICES if name in local} | services, issuer)


def _local(data: Path) -> Mapping[str, str]:
    from deploy.local import state

    running = state.running(data)
    return running.addresses if running else {}


def _checked(url: str, what: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Failure(Code.USAGE, "bad-url", what=what)
    return url
