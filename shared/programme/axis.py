"""Which strategic axis a text speaks of: whole words, without regard to case or accents, and never a denied one.

A denial is read conservatively, in Spanish, Portuguese and English: where a word stands near one ("no buscamos
rentabilidad", "sem confiança", "trust is not the aim") it does not count, so that at worst a person reads the text;
`shared.programme.denial` tells that.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from shared.programme.denial import Sentence, Word, read
from shared.programme.denial import plain as plain  # the rules take it from here

Pattern = tuple[tuple[str, ...], bool]
"""A phrase, word by word, and whether its last word is only the beginning of one."""

_END = re.compile(r"[.;:!?]|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a text says of an axis: its words as written, None if none; `denied`: words that are there to be denied."""

    word: str | None = None
    denied: str | None = None


def words_of(phrase: str) -> Pattern | None:
    """A policy's phrase as a pattern; None if it has no word."""
    words = tuple(word.plain for word in read(phrase) if word.plain[0].isalnum())
    return (words, phrase.rstrip().endswith("*")) if words else None


@lru_cache(maxsize=4096)
def hear(text: str, axes: tuple[tuple[str, ...], ...]) -> tuple[Heard, ...]:
    """For each axis, given by its phrases, what the text says of it.

    A denial does not reach over the end of a sentence, so only the sentences with a phrase's beginning are read.
    """
    text = unicodedata.normalize("NFC", text)
    whole = plain(text)
    begun = [_begun(phrases, whole) for phrases in axes]
    sentences = [Sentence(part, text) for part in _sentences(text)] if any(begun) else []
    return tuple(_hear(sentences, phrases) if there else Heard() for phrases, there in zip(axes, begun, strict=True))


@lru_cache(maxsize=256)
def _patterns(phrases: tuple[str, ...]) -> tuple[tuple[Pattern, ...], tuple[str, ...]]:
    """The patterns, and how their first words begin (a quick look tells most words apart)."""
    patterns = tuple(pattern for phrase in phrases if (pattern := words_of(phrase)) is not None)
    return patterns, tuple(words[0] for words, _ in patterns)


def _begun(phrases: tuple[str, ...], text: str) -> bool:
    """Whether the plain text may hold a phrase: a quick look, before any of it is read word by word."""
    return any(beginning in text for beginning in _patterns(phrases)[1])


def _sentences(text: str) -> Iterator[str]:
    """Each with the mark that ends it."""
    start = 0
    for end in _END.finditer(text):
        yield text[start : end.end()]
        start = end.end()
    yield text[start:]


def _hear(sentences: list[Sentence], phrases: tuple[str, ...]) -> Heard:
    patterns, beginnings = _patterns(phrases)
    denied: str | None = None
    for sentence in sentences:
        if not _begun(phrases, sentence.plain):
            continue
        for i, word in enumerate(sentence.words):
            if not word.plain.startswith(beginnings):
                continue
            length = max((len(p) for p, partial in patterns if _matches(sentence.words, i, p, partial)), default=0)
            if not length:
                continue
            written = " ".join(word.written for word in sentence.words[i : i + length])
            denies = sentence.denies(i, length)
            if denies is False:
                return Heard(word=written)
            if denies:
                denied = denied or written
    return Heard(denied=denied)


def _matches(words: list[Word], at: int, pattern: tuple[str, ...], partial: bool) -> bool:
    there = [word.plain for word in words[at : at + len(pattern)]]
    if len(there) < len(pattern) or there[:-1] != list(pattern[:-1]):
        return False
    return there[-1].startswith(pattern[-1]) if partial else there[-1] == pattern[-1]
