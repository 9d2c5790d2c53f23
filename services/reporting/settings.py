"""Reporting's environment."""

from __future__ import annotations

from typing import ClassVar

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """As every service's."""

    service: ClassVar[str] = "reporting"
    default_port: ClassVar[int] = 8104
