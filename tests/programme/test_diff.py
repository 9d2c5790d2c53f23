"""What differs between two policies: a sentence per field, with its name in words, what it was and what it becomes."""

from __future__ import annotations

import pytest

from shared.programme.policy import parse_policy
from shared.programme.policy_diff import diff
from tests.programme.building import POLICY_TEXT, default_policy, policy_with


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


ITEM = "promoter: {usual: [simple_network], origin: deck}"


@pytest.mark.parametrize(
    ("old", "new", "es", "pt"),
    [
        ("outside: refer", "outside: fail", "era lo revisa una persona, pasa a no cumple.", "passa a não cumpre."),
        ("otherwise: refer", "otherwise: fail", "era lo revisa una persona, pasa a no cumple.", "passa a não cumpre."),
        (
            "simple_network: uncertain_no",
            "simple_network: yes",
            "era no previsto (ilegible en la fuente), pasa a previsto.",
            "passa a previsto.",
        ),
        ("impact: broad", "impact: deep", "impacto: era amplio, pasa a profundo.", "era amplo, passa a profundo."),
        ("per: group", "per: project", "por: era grupo, pasa a proyecto.", "era grupo, passa a projeto."),
        (
            ITEM,
            ITEM.replace("network]", "network, cluster]"),
            "usual en: era red sencilla, pasa a red sencilla; cluster.",
            "passa a rede simples; cluster.",
        ),
        (
            "effects: [cost]",
            "effects: [sales, cost]",
            "efectos: era costos, pasa a ventas; costos.",
            "passa a vendas; custos.",
        ),
        (
            ITEM,
            ITEM.replace("deck", "literature"),
            "era presentación del programa, pasa a práctica del SEBRAE",
            "era apresentação do programa",
        ),
        (
            "cluster: [local_development_institution]",
            "cluster: [other]",
            "pasa a otra entidad.",
            "passa a outra entidade.",
        ),
        (
            'signs: [location_quotient, "1.4"]',
            'signs: ["1.4"]',
            "era cociente de localización, 1.4, pasa a 1.4.",
            "era quociente locacional, 1.4, passa a 1.4.",
        ),
    ],
)
def test_codes_are_told_in_words(old: str, new: str, es: str, pt: str) -> None:
    changed = parse_policy(POLICY_TEXT.replace(old, new, 1))
    [sentence] = diff(default_policy(), changed)
    assert es in sentence["es"]
    assert pt in sentence["pt"]


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
