"""What is recorded once and for all: historical approvals and policies, given facts, when an order, then facts."""

from __future__ import annotations

from datetime import date

import pytest

from services.evaluation.commands import PublishPolicy, RegisterApproval
from services.evaluation.records import APPROVAL, POLICY
from services.evaluation.terms import firms_of, historical_id
from shared.contracts.evaluation import PolicyPublished, ProjectApproved
from shared.contracts.monitoring import Plan
from shared.contracts.values import PolicyRef
from shared.errors import Refused
from shared.programme.historical import HistoricalProject
from shared.programme.text import Texts
from shared.testing import decide
from tests.evaluation.examples import COFFEE, FURNITURE, POLICY_TEXT, REF, UVA, historical

EFFECTIVE = date(2000, 1, 1)
PUBLISH = PublishPolicy(policy=REF, effective=EFFECTIVE, text=POLICY_TEXT)
PUBLISHED = PolicyPublished(policy=REF, effective=EFFECTIVE, text=POLICY_TEXT)


def register(project: HistoricalProject) -> RegisterApproval:
    return RegisterApproval(project_id=historical_id(project), project=project)


@pytest.mark.parametrize("project", historical(), ids=lambda project: f"{project.country}-{project.approved_on.year}")
def test_what_the_source_does_not_say_stays_unknown(project: HistoricalProject) -> None:
    [approved] = decide(APPROVAL, [], register(project))
    assert isinstance(approved, ProjectApproved)
    assert (approved.historical, approved.approved_on, approved.source) == (True, project.approved_on, project)
    assert (approved.proposal_id, approved.reference, approved.revision) == (None, None, None)
    assert (approved.typology, approved.firms, approved.counterpart_amount) == (None, None, None)
    assert (approved.fund_amount is None) == (project.country != "BR")
    assert approved.plan == Plan()


def test_a_historical_project_has_a_cluster_for_each_place_and_sector() -> None:
    clusters = {}
    for project in historical():
        [approved] = decide(APPROVAL, [], register(project))
        assert isinstance(approved, ProjectApproved)
        clusters[project.country] = [cluster.key for cluster in approved.clusters]
    assert clusters["CO"] == ["co-vac--agroindustria"]
    assert clusters["CL"] == []
    assert len(clusters["BR"]) == len(clusters["AR"]) == len(clusters["MX"]) == 3


def test_the_very_same_project_is_refused_naming_the_one_that_is_there() -> None:
    given = decide(APPROVAL, [], register(UVA))
    with pytest.raises(Refused) as refused:
        decide(APPROVAL, given, register(UVA))
    assert refused.value.code == "state.registered"
    assert all(historical_id(UVA) in text for text in refused.value.texts.values())


def test_the_same_project_has_the_same_id_however_it_is_written() -> None:
    loud = UVA.model_copy(
        update={
            "title": Texts(es=str(UVA.title.es).upper(), en="Isabella grape"),
            "executing_agency": "Fundacion  Carvajal",
            "firms": 12,
        }
    )
    assert historical_id(loud) == historical_id(UVA)
    other = [
        UVA.model_copy(update={"country": "CL"}),
        UVA.model_copy(update={"approved_on": date(2000, 10, 18)}),
        UVA.model_copy(update={"title": Texts(es="Otra cadena")}),
        UVA.model_copy(update={"executing_agency": "Otra fundación"}),
    ]
    assert len({historical_id(project) for project in [UVA, *other, *historical()[1:]]}) == 9


@pytest.mark.parametrize(("day", "code"), [("2026-01-03", "approval.future"), ("1899-12-31", "approval.too_early")])
def test_an_impossible_day_is_refused(day: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(APPROVAL, [], register(UVA.model_copy(update={"approved_on": date.fromisoformat(day)})))
    assert (refused.value.code, refused.value.pointer) == (code, "/approved_on")


def test_a_policy_is_published_once() -> None:
    assert decide(POLICY, [], PUBLISH) == [PUBLISHED]
    assert decide(POLICY, [PUBLISHED], PUBLISH) == []


def test_a_published_policy_can_not_change() -> None:
    edited = PUBLISH.model_copy(update={"policy": PolicyRef(version=REF.version, hash="0" * 64)})
    with pytest.raises(Refused) as refused:
        decide(POLICY, [PUBLISHED], edited)
    assert refused.value.code == "policy.changed"
    assert all(REF.version in text for text in refused.value.texts.values())


def test_firms_are_counted_over_the_groups_if_each_says_how_many() -> None:
    assert firms_of(COFFEE) == 16
    assert firms_of(FURNITURE) == FURNITURE.beneficiaries.firms
    [first, *rest] = COFFEE.beneficiaries.groups
    silent = first.model_copy(update={"firms": [], "count": None})
    groups = COFFEE.beneficiaries.model_copy(update={"groups": [silent, *rest]})
    assert firms_of(COFFEE.model_copy(update={"beneficiaries": groups})) is None
