"""Given events, then figures: live, as of a past day, and as they were known at a past time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from services.reporting.portfolio import portfolio
from services.reporting.projection import Uncorrectable
from services.reporting.report import Cut, report
from services.reporting.sheet import Figure, Sheet, Target
from services.reporting.totals import fold, name_of, settle
from shared.contracts import evaluation, intake, monitoring
from shared.contracts.values import Place
from shared.programme.proposal import Proposal
from tests.reporting.telling import PROJECTS, START, Record, historical, keys, money, moved, started

PARANA, PARA = "br-pr--madera", "br-pa-paragominas--madera"
CASH = {"contribution_id": "c1", "contributor": "SEBRAE", "kind": "cash", "amount": money("1500.50", "BRL")}
IN_P = {"project_id": "p", "country": "BR"}


def sheets(record: Record) -> list[Sheet]:
    found: dict[str, Sheet] = {}
    fold(found, record.events)
    return list(found.values())


def told(record: Record, kind: str, key: str, cut: Cut = Cut()) -> dict[Any, str]:  # noqa: B008
    """The figures of a key: by (name, group, currency, shared_by), or the name alone where nothing else is said."""
    found = report(sheets(record), kind, cut).get(key)
    if found is None:
        return {}
    return {(f.name if tuple(f[1:]) == (None, None, 1) else tuple(f)): str(s.value) for f, s in found.figures.items()}


def the_portfolio() -> tuple[Record, str]:
    """The five projects, and the correction of Brazil's wood district; the correction's event id."""
    record = Record()
    corrects = ""
    for fact in historical():
        [event] = record.tell("monitoring", f"project-{fact.project_id}", fact)
        if fact.country == "BR":
            brazil, corrects = fact, event.event.id
    [correction] = record.tell("monitoring", "project-BR-2002", moved(brazil, 2, "Paragominas", "BR-PA", corrects))
    return record, correction.event.id


@pytest.mark.parametrize(("year", "count"), [(1999, 0), (2000, 1), (2001, 2), (2002, 4), (2003, 5)])
def test_the_portfolio_grew_as_the_source_tells(year: int, count: int) -> None:
    record, _ = the_portfolio()
    assert len(portfolio(sheets(record), Cut(as_of=date(year, 12, 31)))) == count


def test_a_project_counts_from_the_very_day_of_its_approval() -> None:
    record, _ = the_portfolio()
    assert told(record, "country", "CO", Cut(as_of=date(2000, 10, 16))) == {}
    assert told(record, "country", "CO", Cut(as_of=date(2000, 10, 17)))["projects_started"] == "1"


def test_brazils_wood_is_in_para_and_was_known_in_parana_before_the_correction() -> None:
    record, correction = the_portfolio()
    before = Cut(known_at=START + timedelta(seconds=4))
    assert told(record, "cluster", PARANA) == {}
    assert told(record, "cluster", PARANA, before)["projects_started"] == "1"
    assert told(record, "cluster", PARA)["projects_started"] == "1"
    assert told(record, "cluster", PARA, before) == {}
    # corrected is the fact of 2002, not the day on which the correction came
    found = report(sheets(record), "cluster", Cut(as_of=date(2002, 12, 31)))[PARA]
    assert all(sum_.events == ["project-BR-2002.1-0", correction] for sum_ in found.figures.values())
    assert found.named is not None
    assert (found.named["place"], found.named["sector"]) == ("Paragominas", {"es": "Madera"})


def test_every_correction_of_a_projects_places_stands_behind_what_its_clusters_have() -> None:
    record = Record()
    begun = started("p", places=[("Madera", "Curitiba", "BR-PR"), ("Calzados", "Campina", "BR-PB")])
    [start] = record.tell("monitoring", "project-p", begun)
    one = moved(begun, 0, "Paragominas", "BR-PA", start.event.id)
    [first] = record.tell("monitoring", "project-p", one)
    now = begun.model_copy(update={"places": [one.becomes, begun.places[1]]})
    two = moved(now, 1, "Campina Grande", "BR-PB", start.event.id)
    [second] = record.tell("monitoring", "project-p", two)
    behind = [told.event.id for told in (start, first, second)]
    found = report(sheets(record), "cluster")[PARA].figures
    assert all(sum_.events == behind for sum_ in found.values())
    [project] = portfolio(sheets(record))
    assert project["events"] == behind
    before = Cut(known_at=first.recorded)
    found = report(sheets(record), "cluster", before)[PARA].figures
    assert all(sum_.events == behind[:2] for sum_ in found.values())
    [project] = portfolio(sheets(record), before)
    assert project["events"] == behind[:2]


def test_money_that_lies_partly_in_no_cluster_is_not_a_clusters_own() -> None:
    record = Record()
    places = [("Madera", "Paragominas", "BR-PA"), ("Madera", "todo o país", None), ("Varios", "Brasil", None)]
    begun = started("p", places=places, fund_amount=money(7))
    [start] = record.tell("monitoring", "project-p", begun)
    shared = told(record, "cluster", PARA)
    assert (shared["fund_amount", None, "USD", 2], shared["projects_started"]) == ("7", "1")
    assert told(record, "country", "BR")["fund_amount", None, "USD", 1] == "7"
    record.tell("monitoring", "project-p", moved(begun, 2, "Paragominas", "BR-PA", start.event.id))
    assert told(record, "cluster", PARA)["fund_amount", None, "USD", 3] == "7"
    now = begun.model_copy(update={"places": [*begun.places[:2], begun.places[0]]})
    record.tell("monitoring", "project-p", moved(now, 1, "Paragominas", "BR-PA", start.event.id))
    assert told(record, "cluster", PARA)["fund_amount", None, "USD", 1] == "7"
    record.tell("monitoring", "project-p", moved(begun, 0, "Brasil", None, start.event.id))
    assert told(record, "cluster", PARA) == {}


def called(record: Record, key: str, cut: Cut = Cut()) -> str | None:  # noqa: B008
    """The place by which a report names a cluster; as it stands, the live figures must say the same."""
    found = report(sheets(record), "cluster", cut)
    named = found[key].named if key in found else None
    if cut == Cut():
        totals = [settle(None, target, "l", delta) for target, delta in fold({}, record.events).items()]
        assert name_of(t for t in totals if t["key"] == key) == (
            (named["place"], named["sector"]) if named else (None, None)
        )
    return named["place"] if named else None


def test_a_corrected_spelling_names_the_cluster_that_keeps_its_key() -> None:
    record = Record()
    begun = started("p", places=[("Madera", "PARAGOMINAS (PA)", "BR-PA")])
    [start] = record.tell("monitoring", "project-p", begun)
    assert called(record, PARA) == "PARAGOMINAS (PA)"
    before = fold({}, record.events)
    record.tell("monitoring", "project-p", moved(begun, 0, "Paragominas", "BR-PA", start.event.id))
    assert called(record, PARA) == "Paragominas"
    assert called(record, PARA, Cut(known_at=start.recorded)) == "PARAGOMINAS (PA)"
    # the row changes with the name, and the countries' does not
    after = fold({}, record.events)
    changed = {target: after[target].revision - before[target].revision for target in after}
    assert changed == {Target("country", "BR"): 0, Target("cluster", PARA): 1}


def test_a_cluster_is_called_as_the_first_of_the_projects_in_it_calls_it() -> None:
    record = Record()
    first = started("p", places=[("Madera", "PARAGOMINAS", "BR-PA")], approved_on=date(2003, 1, 1))
    [start] = record.tell("monitoring", "project-p", first)
    second = started("q", places=[("Madera", "Paragominas", "BR-PA")], approved_on=date(2001, 1, 1))
    record.tell("monitoring", "project-q", second)
    assert called(record, PARA) == "PARAGOMINAS"
    # a project that had not begun names nothing
    assert called(record, PARA, Cut(as_of=date(2002, 1, 1))) == "Paragominas"
    record.tell("monitoring", "project-p", moved(first, 0, "Paraná", "BR-PR", start.event.id))
    assert called(record, PARA) == "Paragominas"
    assert called(record, PARANA) == "Paraná"


def test_a_projects_money_is_shared_by_its_clusters_and_never_split() -> None:
    record, _ = the_portfolio()
    shared = told(record, "cluster", PARA)
    assert shared["fund_amount", None, "USD", 3] == "2075000"
    assert not any(name[0] == "fund_amount" and name[3] == 1 for name in shared if isinstance(name, tuple))
    assert told(record, "country", "BR")["fund_amount", None, "USD", 1] == "2075000"
    alone = Record()
    alone.tell("monitoring", "project-p", started("p", fund_amount=money(7), places=[("Madera", "Paraná", "BR-PR")]))
    assert told(alone, "cluster", PARANA)["fund_amount", None, "USD", 1] == "7"


def test_what_no_source_tells_is_counted_as_unknown_and_never_as_an_amount() -> None:
    record, _ = the_portfolio()
    assert told(record, "country", "CL") == {
        "projects_started": "1",
        ("projects_by_typology", "unknown", None, 1): "1",
        "projects_with_unknown_counterpart": "1",
        "projects_with_unknown_firms": "1",
        "projects_with_unknown_fund_amount": "1",
    }


def test_figures_of_two_countries_are_never_added_up_whatever_key_an_event_gives() -> None:
    record = Record()
    record.tell("monitoring", "project-b", started("b", places=[("Madera", "Pará", "BR-PA")]))
    foreign = started("c", "CO")
    told_by_it = keys("BR", [Place(sector={"es": "Madera"}, name="Pará", subdivision="BR-PA")])
    record.tell("monitoring", "project-c", foreign.model_copy(update={"clusters": told_by_it}))
    found = report(sheets(record), "cluster")
    assert {key: r.country for key, r in found.items()} == {"br-pa--madera": "BR", "co-br-pa--madera": "CO"}
    assert told(record, "cluster", "br-pa--madera")["projects_started"] == "1"


def test_a_nationwide_project_has_no_cluster() -> None:
    record, _ = the_portfolio()
    assert {r.country for r in report(sheets(record), "cluster").values()} == {"AR", "BR", "CO", "MX"}


def test_a_project_of_a_proposal_from_intake_to_result() -> None:
    proposal = Proposal.model_validate_json((PROJECTS.parent / "cluster-furniture-br.json").read_bytes())
    own: dict[str, Any] = {"proposal_id": "p", "country": "BR", "revision": 1}
    record = Record()
    submitted = intake.ProposalSubmitted(**own, reference="BR-1", proposal=proposal)
    record.tell("intake", "proposal-p", submitted)
    record.tell("intake", "proposal-p", intake.ProposalRevised(**own, reference="BR-1", proposal=proposal))
    record.tell("evaluation", "review-p", evaluation.ProposalReturned(**own, reasons=[{"en": "no map"}]))
    begun = started(
        "p", proposal_id="p", typology="cluster", firms=40, fund_amount=money(10), counterpart_amount=money(9)
    )
    approved = evaluation.ProjectApproved.model_validate({**begun.model_dump(), "revision": 1})
    record.tell("evaluation", "review-p", approved)
    record.tell("monitoring", "project-p", begun)
    record.tell("monitoring", "project-p", monitoring.ActivityStarted(**IN_P, activity_id="a"))
    record.tell(
        "monitoring",
        "project-p",
        monitoring.ActivityCompleted(**IN_P, activity_id="a"),
        monitoring.MilestoneReached(**IN_P, milestone_id="m", evidence="minutes"),
    )
    record.tell("monitoring", "project-p", monitoring.ContributionPledged(**IN_P, **CASH))
    [receipt] = record.tell("monitoring", "project-p", monitoring.ContributionReceived(**IN_P, **CASH, document="d"))
    record.tell(
        "monitoring", "project-p", monitoring.ContributionCertified(**IN_P, **CASH, receipt_id=receipt.event.id)
    )
    result = {"result": "joint_promotion", "evidence": "catalogue"}
    record.tell("monitoring", "project-p", monitoring.ResultAchieved(**IN_P, **result, indicator="i", value=3))
    record.tell("monitoring", "project-p", monitoring.ResultAchieved(**IN_P, **result))
    record.tell("monitoring", "project-p", monitoring.ProjectCancelled(**IN_P, reason="flood"))
    cash = ("cash", "BRL", 1)
    assert told(record, "country", "BR") == {
        "proposals_submitted": "1",
        "proposals_revised": "1",
        "proposals_returned": "1",
        "proposals_approved": "1",
        "projects_started": "1",
        ("projects_by_typology", "cluster", None, 1): "1",
        "projects_cancelled": "1",
        "firms": "40",
        ("fund_amount", None, "USD", 1): "10",
        ("counterpart_planned", None, "USD", 1): "9",
        "activities_started": "1",
        "activities_completed": "1",
        "milestones_reached": "1",
        ("contributions_pledged", *cash): "1500.5",
        ("contributions_received", *cash): "1500.5",
        ("contributions_certified", *cash): "1500.5",
        ("indicators_reached", "joint_promotion", None, 1): "1",
        ("results_achieved", "joint_promotion", None, 1): "1",
    }


def test_a_result_proved_again_and_an_indicator_measured_again_count_once_from_their_first_day_on() -> None:
    def achieved(project: str, day: date, indicator: str | None = None, value: int | None = None) -> str:
        own = {"project_id": project, "country": "BR", "result": "joint_promotion", "evidence": f"{day}"}
        fact = monitoring.ResultAchieved.model_validate({**own, "indicator": indicator, "value": value})
        [event] = record.tell("monitoring", f"project-{project}", fact, time=datetime.combine(day, time.min, UTC))
        return event.event.id

    record = Record()
    begun = started("p", places=[("Madera", "Paraná", "BR-PR")])
    [start] = record.tell("monitoring", "project-p", begun)
    record.tell("monitoring", "project-q", started("q"))
    second, first = achieved("p", date(2003, 6, 1)), achieved("p", date(2003, 5, 1))
    achieved("p", date(2003, 7, 1))
    measured = [achieved("p", date(2003, 5, day), name, day) for day, name in enumerate(["i", "i", "k"], 1)]
    of_another = achieved("q", date(2003, 8, 1))
    results, indicators = (Figure(n, "joint_promotion", None, 1) for n in ("results_achieved", "indicators_reached"))

    def events(kind: str, key: str, figure: Figure, cut: Cut = Cut()) -> list[str]:  # noqa: B008
        found = report(sheets(record), kind, cut)[key].figures
        assert figure not in found or found[figure].value == len(found[figure].events)
        return found[figure].events if figure in found else []

    assert events("country", "BR", results) == [first, of_another]
    assert events("country", "BR", indicators) == [measured[0], measured[2]]
    assert events("country", "BR", results, Cut(as_of=date(2003, 4, 30))) == []
    assert events("country", "BR", results, Cut(as_of=date(2003, 5, 31))) == [first]
    assert events("country", "BR", results, Cut(known_at=START + timedelta(seconds=2))) == [second]
    # a move takes along what counted, once
    [move] = record.tell("monitoring", "project-p", moved(begun, 0, "Pará", "BR-PA", start.event.id))
    sum_ = report(sheets(record), "cluster")["br-pa--madera"].figures[results]
    assert (str(sum_.value), sum_.events) == ("1", [first, move.event.id])
    totals = fold({}, record.events)
    assert not any(totals[Target("cluster", "br-pr--madera")].figures.values())
    assert totals[Target("cluster", "br-pa--madera")].figures[results] == 1
    assert totals[Target("country", "BR")].figures[results] == totals[Target("country", "BR")].figures[indicators] == 2


def test_a_historical_approval_approves_no_proposal() -> None:
    record = Record()
    approved = evaluation.ProjectApproved.model_validate({**started("p").model_dump(), "revision": None})
    record.tell("evaluation", "approval-p", approved)
    assert sheets(record) == []


def received(record: Record) -> str:
    """A project's receipt of 1500.50 BRL on 2003-05-01; its event id."""
    record.tell("monitoring", "project-p", started("p"))
    fact = monitoring.ContributionReceived(**IN_P, **CASH, document="d")
    [event] = record.tell("monitoring", "project-p", fact, time=datetime(2003, 5, 1, 23, 59, tzinfo=UTC))
    return event.event.id


def corrected(record: Record, corrects: str, was: str, becomes: str, figure: str = "/amount") -> str:
    fact = monitoring.FigureCorrected(
        **IN_P, corrects=corrects, figure=figure, was=money(was, "BRL"), becomes=money(becomes, "BRL"), reason="typing"
    )
    [event] = record.tell("monitoring", "project-p", fact)
    return event.event.id


def test_a_correction_counts_for_the_day_of_what_it_corrects_and_from_when_it_was_known() -> None:
    record = Record()
    receipt = received(record)
    known_before = START + timedelta(seconds=1)
    corrected(record, receipt, "1500.50", "150.05")
    figure = ("contributions_received", "cash", "BRL", 1)
    assert told(record, "country", "BR", Cut(as_of=date(2003, 5, 1)))[figure] == "150.05"
    assert told(record, "country", "BR", Cut(known_at=known_before))[figure] == "1500.5"
    assert figure not in told(record, "country", "BR", Cut(as_of=date(2003, 4, 30)))
    again = corrected(record, receipt, "150.05", "150")
    found = report(sheets(record), "country")["BR"].figures
    assert [s.events for f, s in found.items() if f.name == "contributions_received"] == [[receipt, again]]
    assert told(record, "country", "BR")[figure] == "150"


def test_a_correction_to_zero_takes_the_amount_away() -> None:
    record = Record()
    corrected(record, received(record), "1500.50", "0")
    assert not any(f[0] == "contributions_received" for f in told(record, "country", "BR"))


def test_a_correction_says_which_amount_of_a_projects_start_it_means() -> None:
    record = Record()
    pledges = [{"id": i, "contributor": "x", "kind": "cash", "amount": money(9, "BRL")} for i in "ab"]
    begun = started("p", fund_amount=money(9, "BRL"), counterpart_amount=money(9, "BRL"), plan={"pledges": pledges})
    [event] = record.tell("monitoring", "project-p", begun)
    corrected(record, event.event.id, "9", "8", "/counterpart_amount")
    corrected(record, event.event.id, "9", "5", "/plan/pledges/1/amount")
    found = told(record, "country", "BR")
    assert (found["fund_amount", None, "BRL", 1], found["counterpart_planned", None, "BRL", 1]) == ("9", "8")
    assert found["contributions_pledged", "cash", "BRL", 1] == "14"


def test_a_correction_of_an_event_that_gave_no_such_amount_is_an_error() -> None:
    record = Record()
    receipt = received(record)
    corrected(record, receipt, "1", "2", "/fund_amount")
    with pytest.raises(Uncorrectable, match=f"{receipt} gave no amount at /fund_amount"):
        fold({}, record.events)
    with pytest.raises(Uncorrectable):
        fold({}, record.events[2:])


def test_the_day_is_the_utc_day_whatever_zone_the_time_is_told_in() -> None:
    record = Record()
    fact = monitoring.MilestoneReached(**IN_P, milestone_id="m", evidence="e")
    record.tell("monitoring", "project-p", started("p"))
    late = datetime.fromisoformat("2003-05-01T22:30:00-03:00")
    record.tell("monitoring", "project-p", fact, time=late)
    assert "milestones_reached" not in told(record, "country", "BR", Cut(as_of=date(2003, 5, 1)))
    assert told(record, "country", "BR", Cut(as_of=date(2003, 5, 2)))["milestones_reached"] == "1"


def test_an_event_that_is_no_figure_opens_no_sheet() -> None:
    record = Record()
    record.tell("intake", "proposal-p", intake.ProposalLocked(proposal_id="p", country="BR", revision=1))
    assert sheets(record) == []
