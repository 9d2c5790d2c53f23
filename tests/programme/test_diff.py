"""What differs between two policies: a sentence per field, with its name in words, what it was and what it becomes."""

from __future__ import annotations

import pytest

from shared.programme.policy_diff import diff
from tests.programme.building import default_policy, policy_with


def english(*edits: tuple[str, str]) -> list[str]:
    return [sentence["en"] for sentence in diff(default_policy(), policy_with(*edits))]


def test_a_policy_does_not_differ_from_itself() -> None:
    assert diff(default_policy(), default_policy()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("minimum_share: 30,", "minimum_share: 30.000,"),
        ("refers: 1.00,", "refers: 1,"),
        ("minimum_confidence: 0.10 ", "minimum_confidence: 0.1 "),
        ("en: The programme's default selection policy", "en: Another name"),
        ("# percent of the total", "# said otherwise"),
    ],
)
def test_the_same_said_otherwise_is_no_difference(old: str, new: str) -> None:
    """Trailing zeros, comments and the policy's own name change no rule."""
    assert english((old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("minimum_share: 30,", "minimum_share: 45,", ["counterpart", "minimum share", "30", "45"]),
        ("minimum_share: 30,", "minimum_share: 30.5,", ["counterpart", "minimum share", "30", "30.5"]),
        ("passes: 1.25", "passes: 1.5", ["location quotient", "passes from", "1.25", "1.5"]),
        ("unusual: refer", "unusual: fail", ["cost items", "unusual", "refer", "fail"]),
        ("minimum_rows: 4 ", "minimum_rows: 5 ", ["rows that must be known", "4", "5"]),
        ("cluster: {least: 36, most: 60}", "cluster: {least: 36, most: 72}", ["terms", "cluster", "most", "60", "72"]),
        ("trust: [confianza,", "trust: [fe, confianza,", ["trust", "fe, confianza"]),
    ],
)
def test_a_changed_field_is_told_in_words(old: str, new: str, words: list[str]) -> None:
    [sentence] = english((old, new))
    rest = sentence
    for word in words:
        _, there, rest = rest.partition(word)
        assert there, (word, sentence)


def test_each_changed_field_has_a_sentence_in_three_languages() -> None:
    changed = policy_with(("minimum_share: 30,", "minimum_share: 45,"), ("refers: 10,", "refers: 12,"))
    sentences = diff(default_policy(), changed)
    assert len(sentences) == 2
    for sentence in sentences:
        assert set(sentence) == {"es", "pt", "en"}
        assert not any("{" in text for text in sentence.values())
    assert [s["es"] for s in diff(changed, default_policy())] != [s["es"] for s in sentences]


def test_what_is_added_and_what_is_removed_is_told_apart() -> None:
    """A criterion's piece of evidence more or less."""
    line = "      - {es: cartas firmadas, pt: cartas assinadas, en: signed letters}\n"
    more = line + "      - {es: actas, pt: atas, en: minutes}\n"
    changed = policy_with((line, more))
    added, removed = diff(default_policy(), changed), diff(changed, default_policy())
    assert len(added) == len(removed) == 3
    assert any("minutes" in sentence["en"] for sentence in added)
    assert {s["en"] for s in added}.isdisjoint(s["en"] for s in removed)
