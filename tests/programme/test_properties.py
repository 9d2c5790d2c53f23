"""What holds for every valid proposal under the default policy, whatever it says."""

from __future__ import annotations

import json
import random
from typing import Any, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.programme.backtest import backtest
from shared.programme.changes import compare, compare_screenings
from shared.programme.checks import check
from shared.programme.classify import classify
from shared.programme.findings import Classification, Screening
from shared.programme.proposal import Proposal, Specialisation
from shared.programme.quotient import quotient_of
from shared.programme.screen import screen, typology_for
from shared.programme.vocabulary import Language, Typology
from tests.programme.building import build, default_policy
from tests.programme.strategies import changes, optional_facts, proposals, without

quick = settings(max_examples=25, deadline=None)
BETTER = ("fail", "refer", "pass")
TYPOLOGIES: tuple[Typology, ...] = get_args(Typology)
typologies = st.sampled_from([None, *TYPOLOGIES])


def judge(proposal: Proposal, typology: Typology | None = None) -> tuple[Classification, Screening]:
    found = classify(proposal, default_policy())
    wanted = typology or typology_for(found.declared, found.typology)
    return found, screen(proposal, default_policy(), wanted)


def verdicts(proposal: Proposal, typology: Typology | None = None) -> dict[str, str]:
    return {c.code: c.verdict for c in judge(proposal, typology)[1].checks}


def changed(proposal: Proposal, **parts: Any) -> Proposal:
    return Proposal.model_validate(proposal.model_dump(mode="json") | parts, strict=False)


def with_beneficiaries(proposal: Proposal, **parts: Any) -> Proposal:
    return changed(proposal, beneficiaries=proposal.beneficiaries.model_dump(mode="json") | parts)


@quick
@given(proposals(), typologies)
def test_the_rules_are_total(proposal: Proposal, typology: Typology | None) -> None:
    """Every valid proposal, for any typology, has seven explained rows and a verdict per check."""
    assert check(proposal) == []
    found, screening = judge(proposal, typology)
    assert len(found.rows) == 7
    assert all(0 <= points <= found.attainable for points in found.points.values())
    assert (found.typology is None) == (found.referred is not None)
    for explanation in [row.explanation for row in found.rows] + [c.explanation for c in screening.checks]:
        assert set(explanation) == {"es", "pt", "en"}
        assert not any("{" in text or not text for text in explanation.values())
    for c in screening.checks:
        assert (c.fix is None) == (c.verdict == "pass"), c.code


@quick
@given(proposals())
def test_the_typology_is_the_one_with_most_points(proposal: Proposal) -> None:
    found = classify(proposal, default_policy())
    for typology in TYPOLOGIES:
        assert found.points[typology] == sum(row.points[typology] for row in found.rows)
    if found.typology is not None:
        others = [points for typology, points in found.points.items() if typology != found.typology]
        assert found.points[found.typology] > max(others)


@quick
@given(proposals("cluster"), st.integers(0, 60), st.integers(0, 60))
def test_adding_firms_to_a_cluster_never_lowers_its_critical_mass(proposal: Proposal, firms: int, more: int) -> None:
    few, many = (
        verdicts(with_beneficiaries(proposal, firms=n), "cluster")["critical_mass_firms"] for n in (firms, firms + more)
    )
    assert BETTER.index(many) >= BETTER.index(few)


counts = st.builds(
    lambda local, here, region, there: Specialisation(
        basis="employment",
        locality="Here",
        region="Region",
        local_total=local,
        local_sector=min(here, local),
        region_total=region,
        region_sector=min(there, region),
    ),
    st.integers(1, 2_000),
    st.integers(0, 2_000),
    st.integers(1, 2_000),
    st.integers(1, 2_000),
)


def quotient_verdict(proposal: Proposal, figures: Specialisation) -> str:
    wanted = with_beneficiaries(proposal, specialisation=figures.model_dump())
    return verdicts(wanted, "cluster")["location_quotient"]


@quick
@given(proposals("cluster"), counts, counts)
def test_raising_the_quotient_never_worsens_it(proposal: Proposal, one: Specialisation, other: Specialisation) -> None:
    low, high = sorted((one, other), key=lambda figures: quotient_of(figures) or 0)
    assert BETTER.index(quotient_verdict(proposal, high)) >= BETTER.index(quotient_verdict(proposal, low))


@quick
@given(proposals("cluster"), counts, st.integers(1, 1_000), st.integers(1, 1_000))
def test_scaling_counts_changes_nothing(proposal: Proposal, figures: Specialisation, here: int, there: int) -> None:
    """Counting in thousands, or the locality and the region in units of their own, is the same."""
    scaled = figures.model_copy(
        update={
            "local_sector": figures.local_sector * here,
            "local_total": figures.local_total * here,
            "region_sector": figures.region_sector * there,
            "region_total": figures.region_total * there,
        }
    )
    assert quotient_of(scaled) == quotient_of(figures)
    assert quotient_verdict(proposal, scaled) == quotient_verdict(proposal, figures)


@quick
@given(proposals(), st.sampled_from(get_args(Language)))
def test_changing_the_language_never_changes_a_result(proposal: Proposal, language: Language) -> None:
    """Not a byte of the findings: they are in three languages whatever the proposal's own is."""
    texts = {field: {language: next(iter(getattr(proposal, field).given().values()))} for field in ("title", "summary")}
    translated = changed(proposal, language=language, **texts)
    assert dumped(judge(translated)) == dumped(judge(proposal))


AXES_OF_ONE_MEANING = (
    ("Confianza entre las empresas", "Confiança entre as empresas", "Trust among the firms"),
    ("Rentabilidad del negocio colectivo", "Rentabilidade do negócio coletivo", "Profitability of the joint business"),
    ("Visión territorial compartida", "Visão territorial compartilhada", "Shared territorial vision"),
    ("Exportar", "Exportar", "To export"),
)


@quick
@given(proposals(), st.sampled_from(AXES_OF_ONE_MEANING))
def test_an_axis_counts_the_same_in_each_language(proposal: Proposal, axis: tuple[str, str, str]) -> None:
    spanish, *others = (judge(changed(proposal, strategic_axis=text)) for text in axis)
    for found in others:
        assert what_counts(*found) == what_counts(*spanish)


@quick
@given(proposals(), typologies, st.data())
def test_what_is_not_said_never_fails(proposal: Proposal, typology: Typology | None, data: st.DataObject) -> None:
    """Leave out any fact that a source may leave out: no check fails because of it."""
    path = data.draw(st.sampled_from(sorted(optional_facts(proposal), key=str)), label="left out")
    wanted = typology or proposal.declared_typology
    before, after = verdicts(proposal, wanted), verdicts(without(proposal, path), wanted)
    assert [code for code in after if after[code] == "fail" and before[code] != "fail"] == []


def what_counts(found: Classification, screening: Screening) -> object:
    """Everything but the words, the pointers and the order in which codes are named."""
    rows = {row.row: (row.known, row.points, sorted(row.answers)) for row in found.rows}
    checks = {c.code: (c.verdict, c.bound, c.origin, c.warning is None) for c in screening.checks}
    leading = (found.typology, found.runner_up, found.confidence, found.points, found.attainable)
    return leading, found.mismatch, found.orientation, found.orientation_mismatch, rows, checks, screening.verdict


def shuffled(part: Any, chance: random.Random) -> Any:
    if isinstance(part, dict):
        return {name: shuffled(inner, chance) for name, inner in part.items()}
    if isinstance(part, list):
        return [shuffled(inner, chance) for inner in chance.sample(part, len(part))]
    return part


@quick
@given(proposals(), st.integers(0, 2**32))
def test_the_order_of_lists_never_changes_a_result(proposal: Proposal, seed: int) -> None:
    """Results, indicators, groups, firms, entities, places, areas, budget lines, pledges: their order says nothing."""
    document = shuffled(proposal.model_dump(mode="json"), random.Random(seed))
    other = Proposal.model_validate(document, strict=False)
    assert what_counts(*judge(other)) == what_counts(*judge(proposal))


PARTICIPATION = ("firms_counterpart", "counterpart_share", "counterpart_cash")


@quick
@given(proposals(), st.sampled_from(["beneficiary_firms", "others"]), st.booleans(), st.integers(1, 10**7))
def test_more_counterpart_never_worsens_participation(proposal: Proposal, who: str, in_cash: bool, cents: int) -> None:
    """More in kind makes the total larger, so the share in cash is held to it only where more is brought in cash."""
    kind = {"kind": "cash"} if in_cash else {"kind": "in_kind", "valuation_method": "Market prices"}
    pledge = {"id": "more", "contributor": who, "amount": f"{cents / 100:.2f}", **kind}
    pledges = proposal.model_dump(mode="json")["counterpart"]
    before, after = verdicts(proposal), verdicts(changed(proposal, counterpart=[*pledges, pledge]))
    assume("unknown" not in (before[code] for code in PARTICIPATION))
    for code in PARTICIPATION if in_cash else PARTICIPATION[:2]:
        assert BETTER.index(after[code]) >= BETTER.index(before[code]), code


def dumped(findings: tuple[Classification, Screening]) -> list[str]:
    return [part.model_dump_json() for part in findings]


@quick
@given(proposals())
def test_the_same_proposal_gives_the_same_bytes(proposal: Proposal) -> None:
    """Also after a journey as JSON, and whatever the order of its fields."""
    document = json.loads(proposal.model_dump_json())
    backwards = json.dumps(dict(reversed(document.items())))
    assert dumped(judge(Proposal.model_validate_json(backwards))) == dumped(judge(proposal))


@quick
@given(proposals())
def test_a_revision_that_changes_nothing_changes_nothing(proposal: Proposal) -> None:
    found, screening = judge(proposal)
    assert compare(found, found) == []
    assert compare_screenings(screening, screening) == []


@quick
@given(st.lists(proposals(), max_size=2))
def test_a_policy_against_itself_flips_nothing(past: list[Proposal]) -> None:
    result = backtest(((str(i), proposal) for i, proposal in enumerate(past)), default_policy(), default_policy())
    assert (result.tried, result.flips, result.counts, result.rules) == (len(past), [], {}, {})


@pytest.mark.parametrize("base", ["simple network", "cluster"])
@quick
@given(data=st.data())
def test_an_uncertain_cell_never_counts_against_a_proposal(base: str, data: st.DataObject) -> None:
    """With results that are allowed or uncertain, the check of results passes; uncertain ones are a warning."""
    typology: Typology = "cluster" if base == "cluster" else "simple_network"
    rules = default_policy().results.rows
    cells = {code: getattr(rule, typology) for code, rule in rules.items() if getattr(rule, typology) != "no"}
    codes = data.draw(st.lists(st.sampled_from(sorted(cells)), min_size=1, unique=True))
    change = data.draw(changes(base)) | {"results": dict.fromkeys(codes, "measures sales"), "orientation": "none"}
    [found] = [c for c in judge(build(base, change), typology)[1].checks if c.code == "results"]
    assert found.verdict == "pass"
    assert (found.warning is not None) == any(cells[code] != "yes" for code in codes)
