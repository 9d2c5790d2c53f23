"""Problems are told in the language that is wished for, with what to do about them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.http import Problem
from shared.http.body import JsonBody
from shared.http.rules import explain
from shared.http.wording import LANGUAGES, choose

TELLING: list[tuple[bytes, tuple[str, str, str]]] = [
    (b'{"title":"\xff"}', ("UTF-8", "UTF-8", "UTF-8")),
    (b"\xef\xbb\xbf{}", ("BOM", "BOM", "BOM")),
    (b"\x1f\x8b\x08\x00", ("compresión", "compressão", "compression")),
    (b'{"title":"\\ud800"}', ("de a dos", "aos pares", "in pairs")),
    (b'{"title":"\\x"}', ("escape", "escape", "escape")),
    (b'{"title":"a\tb"}', ("de control", "de controle", "control character")),
    (b"[" * 500, ("niveles", "níveis", "levels")),
    (b'{"title":' + b"9" * 5_000 + b"}", ("cifras", "algarismos", "digits")),
    (b'{"title":"x"', ("entero", "inteiro", "all of it")),
    (b"{'title': 1}", ("comillas dobles", "aspas duplas", "double quotes")),
]
"""Bytes that are no JSON, and words of what is said about them in es, pt, en."""


@pytest.mark.parametrize(("body", "words"), TELLING)
def test_what_is_no_json_is_told_with_its_place_and_its_cure(body: bytes, words: tuple[str, str, str]) -> None:
    for language, word, line in zip(LANGUAGES, words, ("línea 1", "linha 1", "line 1"), strict=True):
        with pytest.raises(Problem) as caught:
            JsonBody(dict[str, Any]).parse(body, language)
        [found] = caught.value.errors
        assert word in f"{found.detail} {found.fix}"
        assert line in found.detail


def test_what_is_allowed_is_listed_without_english_words() -> None:
    for language in LANGUAGES:
        told, _ = explain("literal_error", "", {"expected": "'a', 'b' or 'c'"}, language)
        assert told.endswith(": 'a', 'b', 'c'")


def test_a_yes_or_no_is_asked_for_in_each_language() -> None:
    assert len({explain("bool_parsing", "unable to interpret input", {}, language) for language in LANGUAGES}) == 3


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "en"), ("", "en"), ("es", "es"), ("ES-co", "es"), ("fr, pt;q=0.3, es;q=0.2", "pt"), ("*", "en"),
        ("de", "en"), ("es;q=0, pt;q=0.1", "pt"), ("es;q=x", "en"), (";;,,=", "en"), ("en;q=0.1, es", "es"),
        ("es;level=1;q=0.1, en;q=0.9", "en"), ("es; q=0.1 ; x, pt;Q=0.2", "pt"), ("es;q=0.4;q=0.1, pt;q=0.3", "es"),
        ("es;q=inf, pt", "pt"), ("es;q=nan, pt;q=0.1", "pt"),
    ],
)  # fmt: skip
def test_languages(header: str | None, expected: str) -> None:
    assert choose(header) == expected
