"""Classification: the typology that a proposal's facts add up to, explained in three languages.

The rules that decide are in `rows` and `verdict` and know no language; this module puts what they found into words.
"""

from __future__ import annotations

from typing import Any, get_args

from shared.programme.facts import Facts, facts_of
from shared.programme.findings import Classification, RowFinding
from shared.programme.historical import HistoricalProject
from shared.programme.orientation import orient
from shared.programme.policy import Policy
from shared.programme.proposal import Proposal
from shared.programme.quotient import Percentage, as_text
from shared.programme.rows import TYPOLOGIES, RowJudgement, judge_rows
from shared.programme.verdict import Outcome, add_up
from shared.programme.vocabulary import SupportArea, Typology
from shared.programme.words import LANGUAGES, Explanation, fill, label, listed, say


def classify(proposal: Proposal | HistoricalProject, policy: Policy) -> Classification:
    """The typology that the facts add up to, the confidence and the runner-up, each point explained.

    A tie, a low confidence or too few facts are referred to a person (`typology` None, `referred` says why). A declared
    typology that differs is flagged, not overwritten; an orientation is given for networks only.
    """
    facts = facts_of(proposal)
    judged = judge_rows(facts, policy)
    outcome = add_up(judged, policy)
    return Classification(
        typology=outcome.typology,
        runner_up=outcome.second if outcome.points[outcome.second] else None,
        confidence=as_text(outcome.confidence, 2),
        points=outcome.points,
        attainable=outcome.attainable,
        rows=[_row(judgement, policy) for judgement in judged],
        declared=facts.declared,
        referred=_referred(outcome, judged, policy),
        **_mismatch(facts, outcome.typology),
        **_orientation(facts, outcome.typology),
    )


def _mismatch(facts: Facts, computed: Typology | None) -> dict[str, Any]:
    if computed is None or facts.declared is None or facts.declared == computed:
        return {"mismatch": False}
    names = {"declared": label("typology", facts.declared), "computed": label("typology", computed)}
    return {"mismatch": True, "mismatch_explanation": say("classification", "mismatch", **names)}


def _orientation(facts: Facts, computed: Typology | None) -> dict[str, Any]:
    if "cluster" in (computed, computed or facts.declared):
        return {"orientation_declared": facts.orientation}
    found, rows = orient(facts)
    return {
        "orientation": found,
        "orientation_declared": facts.orientation,
        "orientation_mismatch": None not in (found, facts.orientation) and found != facts.orientation,
        "orientation_rows": rows,
    }


def _referred(outcome: Outcome, rows: list[RowJudgement], policy: Policy) -> Explanation | None:
    if outcome.reason is None:
        return None
    first, second = outcome.first, outcome.second
    return say(
        "classification",
        outcome.reason,
        known=sum(row.known for row in rows),
        needed=policy.classification.minimum_rows
        if outcome.reason == "few_facts"
        else policy.classification.minimum_confidence,
        first=label("typology", first),
        second=label("typology", second),
        tied=_tied(outcome),
        points=outcome.points[first],
        lead=outcome.points[first] - outcome.points[second],
        attainable=outcome.attainable,
        confidence=as_text(outcome.confidence, 4),
    )


def _tied(outcome: Outcome) -> Explanation:
    level = outcome.points[outcome.first]
    return listed("typology", [str(typology) for typology in TYPOLOGIES if outcome.points[typology] == level])


def _row(judgement: RowJudgement, policy: Policy) -> RowFinding:
    row = getattr(policy.classification.rows, judgement.row)
    texts = [fill(row.answers[code].text.all(), **_in_words(values)) for code, values in judgement.answers]
    if not texts:
        texts = [say("classification", judgement.silent, words=judgement.denied)]
    return RowFinding(
        row=judgement.row,
        label=row.label.all(),
        known=judgement.known,
        points=dict(zip(TYPOLOGIES, judgement.points, strict=True)),
        answers=[code for code, _ in judgement.answers],
        explanation={language: " ".join(text[language] for text in texts) for language in LANGUAGES},
        facts=judgement.facts,
        origin=row.points_origin,
        origin_texts=policy.origins[row.points_origin].all(),
    )


def _area(code: str) -> Explanation:
    return say("territory", "area", code=code, name=label("area", code))


def _in_words(values: dict[str, object]) -> dict[str, object]:
    """Codes by their names, shares as decimals, and a number that nobody gave as unknown."""
    words: dict[str, object] = {}
    for name, value in values.items():
        if name == "kind":
            words[name] = label("promoter_kind", str(value))
        elif name == "item":
            words[name] = label("item", str(value))
        elif name == "reason":
            area = value in get_args(SupportArea)
            words[name] = _area(str(value)) if area else say("territory", str(value))
        elif isinstance(value, Percentage):
            words[name] = as_text(value.exact, 1)
        elif isinstance(value, tuple):
            words[name] = listed("result", value)
        else:
            words[name] = say("change", "nothing") if value is None else value
    return words
