"""Codes and sentences in words: complete in Spanish, Portuguese and English, and every place of a sentence filled."""

from __future__ import annotations

from string import Formatter
from typing import Any, get_args

import pytest

from shared.programme import vocabulary as v
from shared.programme.classify import classify
from shared.programme.facts import Facts, facts_of
from shared.programme.findings import Verdict
from shared.programme.gates_typology import judge_checks
from shared.programme.policy_rules import CHECKS
from shared.programme.proposal import Entity, Specialisation
from shared.programme.screen import typology_for
from shared.programme.words import fill, label, labels, listed, read_texts, say
from tests.programme.building import ROOT, build, default_policy, policy_with
from tests.programme.golden import cases

LANGUAGES = ["es", "pt", "en"]
SENTENCES: dict[str, dict[str, dict[str, str]]] = read_texts(
    (ROOT / "shared" / "programme" / "sentences.yaml").read_text("utf-8")
)
ALL_SENTENCES = [(group, key) for group, sentences in SENTENCES.items() for key in sentences]


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("typology", get_args(v.Typology)),
        ("orientation", get_args(v.Orientation)),
        ("promoter_kind", get_args(v.PromoterKind)),
        ("size", get_args(v.SizeClass)),
        ("contribution", get_args(v.ContributionKind)),
        ("document", get_args(v.DocumentKind)),
        ("effect", get_args(v.Effect)),
        ("item", get_args(v.CostItem)),
        ("result", get_args(v.ResultCode)),
        ("verdict", get_args(Verdict)),
        ("basis", get_args(Specialisation.model_fields["basis"].annotation)),
        ("scope", get_args(Entity.model_fields["scope"].annotation)),
    ],
)
def test_every_code_has_a_name_in_the_vocabularys_order(kind: str, codes: tuple[str, ...]) -> None:
    assert tuple(labels(kind)) == codes
    for code in codes:
        named(label(kind, code))


def test_whoever_pays_has_a_name() -> None:
    assert set(labels("contributor")) == set(get_args(v.Source)) >= set(get_args(v.Contributor))
    for name in labels("contributor").values():
        named(name)


def test_areas_and_their_four_groups_have_names() -> None:
    areas = get_args(v.SupportArea)
    assert set(labels("area")) == {*areas, *(area[0] for area in areas)}
    for name in labels("area").values():
        named(name)


def named(texts: dict[str, str]) -> None:
    """A name in three languages, none of them empty or with loose spaces."""
    assert list(texts) == LANGUAGES
    assert all(text == " ".join(text.split()) != "" for text in texts.values()), texts


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(("group", "key"), ALL_SENTENCES, ids=lambda part: part)
def test_a_sentence_says_the_same_in_three_languages(group: str, key: str) -> None:
    """The same places in each, also where only one of them tells one from many."""
    sentence = SENTENCES[group][key]
    named(sentence)
    spanish, portuguese, english = (places(sentence[language]) for language in LANGUAGES)
    assert spanish == portuguese == english
    filled = say(group, key, **dict.fromkeys(spanish, "2"))
    assert not any("{" in text or "|" in text for text in filled.values())


@pytest.mark.parametrize(("group", "key"), [s for s in ALL_SENTENCES if places(SENTENCES[s[0]][s[1]]["en"])])
def test_a_place_left_empty_is_an_error(group: str, key: str) -> None:
    with pytest.raises(KeyError):
        say(group, key)


def test_every_verdict_has_its_sentence_and_every_sentence_its_verdict() -> None:
    """The golden set reaches each case of each check, but for two.

    One is reached by a policy that asks firms for more, one by a count of the past that may be of a group's firms.
    """
    demanding = policy_with(("firms_above: 0", "firms_above: 1000000"))
    past = judge_checks(Facts(firms=8), default_policy(), "cluster")
    reached = {f"{j.code}.{j.case}" for j in past if j.verdict != "unknown"}
    for case in cases():
        found = classify(case.source, default_policy())
        typology = typology_for(found.declared, found.typology)
        for policy in (default_policy(), demanding):
            judged = judge_checks(facts_of(case.source), policy, typology)
            reached |= {j.case if j.verdict == "unknown" else f"{j.code}.{j.case}" for j in judged}
    assert reached <= set(SENTENCES["screening"])
    wanted = {key for key in SENTENCES["screening"] if key.partition(".")[0] in CHECKS}
    assert wanted - reached == {"results.doubtful"}  # the sentence of a warning, not of a verdict


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", "1 firm of 1"), ("2", "2 firms of 2"), ("0", "0 firms of 0"), ("11", "11 firms of 11"), (1, "1 firm of 1")],
)
def test_one_is_told_from_many(value: object, expected: str) -> None:
    template = dict.fromkeys(LANGUAGES, "{n:# firm|# firms} of {n}")
    assert fill(template, n=value) == dict.fromkeys(LANGUAGES, expected)


def test_a_value_may_be_a_text_per_language() -> None:
    template = {"es": "Es {what}.", "pt": "É {what}.", "en": "It is {what}."}
    assert fill(template, what=label("typology", "simple_network")) == {
        "es": "Es red sencilla.",
        "pt": "É rede simples.",
        "en": "It is simple network.",
    }


def test_several_codes_stand_in_one_line() -> None:
    assert listed("size", ["micro", "large"]) == {"es": "micro; grande", "pt": "micro; grande", "en": "micro; large"}


@pytest.mark.parametrize(("kind", "code"), [("typology", "district"), ("colour", "red")])
def test_a_code_without_a_name_is_an_error(kind: str, code: str) -> None:
    with pytest.raises(KeyError):
        label(kind, code)


@pytest.mark.parametrize(
    ("change", "row", "words"),
    [
        ({}, "firms", {"es": "16", "pt": "8, 8", "en": "16"}),
        ({}, "cost_items", {"es": "10 %", "pt": "26.6 %", "en": "41.6 %"}),
        ({"months": "61"}, "term", {"es": "61 meses", "pt": "61 meses", "en": "61 months"}),
        ({"axis": "Confianza plena"}, "axis", {"es": "Confianza", "pt": "Confianza", "en": "Confianza"}),
    ],
)
def test_a_row_is_explained_with_the_facts(change: dict[str, Any], row: str, words: dict[str, str]) -> None:
    """A share is cut, never rounded up: 125 of 300 thousand are 41.6 %."""
    [found] = [r for r in classify(build("simple network", change), default_policy()).rows if r.row == row]
    for language, text in words.items():
        assert text in found.explanation[language]
