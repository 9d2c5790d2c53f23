"""Evaluation's environment."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from services.evaluation.publishing import FOLDER
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """As every service's, and `policies`, the folder of the selection policies (by default those of the programme)."""

    service: ClassVar[str] = "evaluation"
    default_port: ClassVar[int] = 8102

    policies: Path = FOLDER
