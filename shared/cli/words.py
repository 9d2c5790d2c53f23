"""The command line's own texts, and the user's language."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from shared.programme.words import read_texts

# not from shared.http: that loads the whole web framework, a second of waiting at each command
Language = Literal["es", "pt", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "pt", "en")
FOLDER = Path(__file__).parent
"""Its YAML files hold the texts: key, language, text."""


@functools.cache
def texts() -> dict[str, dict[str, str]]:
    """All texts: key, language, text."""
    parts: list[dict[str, dict[str, str]]] = [
        read_texts(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.yaml"))
    ]
    return {key: text for part in parts for key, text in part.items()}


def say(key: str, language: str, **values: object) -> str:
    """One of the texts, filled in."""
    return texts()[key][language].format(**values)


def choose(option: str | None, environment: Mapping[str, str]) -> Language:
    """The language: the option, TRAMA_LANG, else as the locale says; English if that is none of ours."""
    names = (option, *(environment.get(name) for name in ("TRAMA_LANG", "LC_ALL", "LC_MESSAGES", "LANG")))
    wanted = next((name for name in names if name), "")
    return next((known for known in LANGUAGES if known == wanted[:2].lower()), "en")
