"""Which strategic axis a text speaks of: whole words, without regard to case or accents, and never a denied one.

A denial is read conservatively, in Spanish, Portuguese and English: where a word stands near one ("no buscamos
rentabilidad", "sem confiança", "trust is not the aim") it does not count, so that at worst a person reads the text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml

from shared.programme.words import TEXT_LOADER

Pattern = tuple[tuple[str, ...], bool]
"""A phrase, word by word, and whether its last word is only the beginning of one."""

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.,;:!?()]|\n\s*\n")
_ENDS = ".;:!?\n"
_REACH = 6  # words between a denial and what it denies: "no es un proyecto que busque la rentabilidad"


@cache
def _words(group: str) -> frozenset[str]:
    text = files("shared.programme").joinpath("denial.yaml").read_text("utf-8")
    return frozenset(yaml.load(text, TEXT_LOADER)[group])  # noqa: S506 (builds only text)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a text says of an axis: its words as written, None if none; `denied`: words that are there to be denied."""

    word: str | None = None
    denied: str | None = None


@dataclass(frozen=True, slots=True)
class _Word:
    written: str
    plain: str


def plain(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))


def words_of(phrase: str) -> Pattern | None:
    """A policy's phrase as a pattern; None if it has no word."""
    words = tuple(word.plain for word in _read(phrase) if word.plain[0].isalnum())
    return (words, phrase.rstrip().endswith("*")) if words else None


@lru_cache(maxsize=4096)
def hear(text: str, axes: tuple[tuple[str, ...], ...]) -> tuple[Heard, ...]:
    """For each axis, given by its phrases, what the text says of it."""
    words = _read(text)
    denying = _denying(words)
    return tuple(_hear(words, denying, _patterns(phrases)) for phrases in axes)


@lru_cache(maxsize=256)
def _patterns(phrases: tuple[str, ...]) -> tuple[tuple[Pattern, ...], tuple[str, ...]]:
    """The patterns, and how their first words begin (a quick look tells most words apart)."""
    patterns = tuple(pattern for phrase in phrases if (pattern := words_of(phrase)) is not None)
    return patterns, tuple(words[0] for words, _ in patterns)


def _read(text: str) -> list[_Word]:
    found = _TOKEN.findall(unicodedata.normalize("NFC", text))
    return [_Word(token, plain(token)) for token in found]


def _hear(words: list[_Word], denying: list[bool], sought: tuple[tuple[Pattern, ...], tuple[str, ...]]) -> Heard:
    patterns, beginnings = sought
    denied: str | None = None
    for i, word in enumerate(words):
        if not word.plain.startswith(beginnings):
            continue
        length = max((len(p) for p, partial in patterns if _matches(words, i, p, partial)), default=0)
        if not length:
            continue
        written = " ".join(word.written for word in words[i : i + length])
        if not (_denied_before(words, denying, i) or _denied_after(words, denying, i + length)):
            return Heard(word=written)
        denied = denied or written
    return Heard(denied=denied)


def _matches(words: list[_Word], at: int, pattern: tuple[str, ...], partial: bool) -> bool:
    there = [word.plain for word in words[at : at + len(pattern)]]
    if len(there) < len(pattern) or there[:-1] != list(pattern[:-1]):
        return False
    return there[-1].startswith(pattern[-1]) if partial else there[-1] == pattern[-1]


def _denying(words: list[_Word]) -> list[bool]:
    """Which words deny something."""
    portuguese = _is_portuguese(words)
    result = []
    for i, word in enumerate(words):
        after = words[i + 1].plain if i + 1 < len(words) else ""
        before = words[i - 1].plain if i else ""
        denies = word.plain in _words("denies") or word.plain.endswith(("n't", "n’t"))
        if after in _words("not_before") or (word.plain == "falta" and before in _words("needed")):
            denies = False
        if word.plain == "no" and portuguese:  # there it is "in the"
            denies = False
        result.append(denies)
    return result


def _is_portuguese(words: list[_Word]) -> bool:
    forms = [word.written.casefold() for word in words]
    portuguese = sum(form in _words("portuguese") or "ã" in form or "õ" in form or "ç" in form for form in forms)
    return portuguese > max(
        sum(form in _words("spanish") for form in forms), sum(form in _words("english") for form in forms)
    )


def _denied_before(words: list[_Word], denying: list[bool], at: int) -> bool:
    between = 0
    for i in range(at - 1, -1, -1):
        if words[i].plain[0] in _ENDS or words[i].plain in _words("contrast"):
            return False
        if denying[i]:
            return True
        between += words[i].plain[0].isalnum()
        if between > _REACH:
            return False
    return False


def _denied_after(words: list[_Word], denying: list[bool], at: int) -> bool:
    """ "La rentabilidad del negocio no es el fin", "rentabilidad no.", "trust is not the aim", "it isn't"."""
    for i in range(at, min(at + _REACH, len(words))):
        word = words[i].plain
        if not word[0].isalnum() or word in _words("contrast") or word in _words("relative"):
            return False
        if not denying[i]:
            continue
        after = words[i + 1].written.casefold() if i + 1 < len(words) else "."
        contracted = word.endswith(("n't", "n’t")) or word == "cannot"
        closing = i == at and not after[0].isalnum()
        return contracted or closing or after in _words("is") or words[i - 1].plain in _words("is_english")
    return False
