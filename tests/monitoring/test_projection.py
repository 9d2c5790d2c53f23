"""What is told of a project: given facts, then its document; every figure names the events behind it."""

from __future__ import annotations

import copy
import json

import pytest

from services.monitoring.projection import PROJECTS, project
from shared.contracts.monitoring import (
    ActivityCompleted,
    ActivityStarted,
    ContributionCertified,
    ContributionPledged,
    ContributionReceived,
    ContributionRejected,
    FigureCorrected,
    MilestoneReached,
    PlaceCorrected,
    ProjectCancelled,
    ResultAchieved,
)
from tests.monitoring.samples import (
    PARAGOMINAS,
    PARAGOMINAS_WOOD,
    PARANA,
    RIO_LINEN,
    historical,
    projected,
    recorded,
    started,
    terms,
    usd,
)

ABOUT = {"project_id": "p1", "country": "BR"}
CASH = {"contribution_id": "C1", "contributor": "beneficiary_firms", "kind": "cash"}
STARTED = started(terms())
RECEIVED = ContributionReceived(**ABOUT, **CASH, amount=usd("1000.00"), document="R-1")
CERTIFIED = ContributionCertified(**ABOUT, **CASH, amount=usd("1000.00"), receipt_id="event-2")
TO_800 = FigureCorrected(**ABOUT, corrects="event-2", was=usd("1000.00"), becomes=usd("800.00"), reason="typing error")


def total(step: str, value: str, *ids: str, name: str = "USD/cash") -> tuple[str, str, dict[str, object]]:
    return name, step, {"value": value, "events": list(ids)}


def test_a_project_begins_with_its_terms_and_its_plan() -> None:
    found = projected([STARTED])
    assert (found["status"], found["agency_id"], found["approved_on"]) == ("running", "SEBRAE", "2025-03-01")
    assert found["fund_amount"] == {"currency": "USD", "value": "100000.00", "events": ["event-1"]}
    assert [(a["id"], a["state"], a["events"]) for a in found["activities"]] == [
        ("A1", "planned", ["event-1"]),
        ("A2", "planned", ["event-1"]),
    ]
    assert found["totals"]["USD/cash"]["pledged"] == {"value": "50000.00", "events": ["event-1"]}
    assert found["totals"]["USD/in_kind"]["pledged"] == {"value": "20000.00", "events": ["event-1"]}
    assert found["entries"]["event-1/plan/pledges/1/amount"]["valuation_method"] == "staff hours at payroll cost"


def test_what_a_source_does_not_say_stays_unknown() -> None:
    found = projected([started(historical())])
    assert (found["counterpart_amount"], found["firms"], found["typology"]) == (None, None, None)
    assert (found["activities"], found["totals"], found["entries"]) == ([], {}, {})


def test_activities_and_milestones_move_on_with_their_dates() -> None:
    found = projected(
        [
            STARTED,
            ActivityStarted(**ABOUT, activity_id="A1"),
            ActivityCompleted(**ABOUT, activity_id="A1"),
            MilestoneReached(**ABOUT, milestone_id="M1", evidence="minutes"),
        ]
    )
    first, second = found["activities"]
    assert (first["state"], first["started_at"], first["completed_at"]) == (
        "completed",
        "2026-01-02T12:02:00+00:00",
        "2026-01-02T12:03:00+00:00",
    )
    assert first["events"] == ["event-1", "event-2", "event-3"]
    assert second["state"] == "planned"
    milestone = found["milestones"][0]
    assert (milestone["reached_at"], milestone["evidence"], milestone["events"]) == (
        "2026-01-02T12:04:00+00:00",
        "minutes",
        ["event-1", "event-4"],
    )


@pytest.mark.parametrize(
    ("given", "then"),
    [
        ([RECEIVED], [total("received", "1000.00", "event-2"), total("certified", "0")]),
        ([RECEIVED, CERTIFIED], [total("certified", "1000.00", "event-3")]),
        (
            [RECEIVED, ContributionRejected(**CERTIFIED.model_dump(), reason="no signature")],
            [total("rejected", "1000.00", "event-3"), total("received", "1000.00", "event-2")],
        ),
        ([RECEIVED, TO_800], [total("received", "800.00", "event-2", "event-3")]),
        # a receipt and its certification are two figures, each corrected by itself
        (
            [RECEIVED, CERTIFIED, TO_800],
            [total("received", "800.00", "event-2", "event-4"), total("certified", "1000.00", "event-3")],
        ),
        (
            [ContributionPledged(**ABOUT, **CASH | {"contribution_id": "C7"}, amount=usd("5.50"))],
            [total("pledged", "50005.50", "event-1", "event-2")],
        ),
        (
            [
                FigureCorrected(
                    **ABOUT, corrects="event-1", figure="/plan/pledges/1/amount",
                    was=usd("20000.00"), becomes=usd("0"), reason="x",
                )
            ],
            [total("pledged", "0.00", "event-1", "event-2", name="USD/in_kind")],
        ),
    ],
)  # fmt: skip
def test_totals_follow_contributions_and_corrections(given: list[object], then: list[tuple[str, str, object]]) -> None:
    found = projected([STARTED, *given])  # type: ignore[list-item]
    for name, step, figure in then:
        assert found["totals"][name][step] == figure


def test_a_receipt_shows_what_became_of_it() -> None:
    found = projected([STARTED, RECEIVED, CERTIFIED, TO_800])["entries"]
    receipt, certification = found["event-2"], found["event-3"]
    assert (receipt["settled"], receipt["value"], receipt["events"]) == ("certified", "800.00", ["event-2", "event-4"])
    assert (certification["receipt_id"], certification["value"]) == ("event-2", "1000.00")


def test_corrections_are_kept_beside_what_they_correct() -> None:
    """Nothing is erased: the amount that stood, the one that stands, why, and by which event."""
    to_900 = TO_800.model_copy(update={"was": usd("800.00"), "becomes": usd("900.00")})
    fund = TO_800.model_copy(update={"corrects": "event-1", "figure": "/fund_amount", "becomes": usd("7")})
    found = projected([STARTED, RECEIVED, TO_800, to_900, fund])
    assert found["fund_amount"] == {"currency": "USD", "value": "7", "events": ["event-1", "event-5"]}
    assert found["entries"]["event-2"]["events"] == ["event-2", "event-3", "event-4"]
    assert [(c["event"], c["was"]["value"], c["becomes"]["value"]) for c in found["corrections"]] == [
        ("event-3", "1000.00", "800.00"),
        ("event-4", "800.00", "900.00"),
        ("event-5", "1000.00", "7"),
    ]


def test_a_corrected_place_changes_the_clusters() -> None:
    """The programme's first real case: the wood district is in Paragominas, Pará."""
    corrected = PlaceCorrected(
        **ABOUT, corrects="event-1", index=1, was=PARANA, becomes=PARAGOMINAS,
        clusters=[RIO_LINEN, PARAGOMINAS_WOOD], reason="the fund's announcement",
    )  # fmt: skip
    found = projected([STARTED, corrected])
    assert [(p["subdivision"], p["events"]) for p in found["places"]] == [
        ("BR-RJ", ["event-1"]),
        ("BR-PA", ["event-1", "event-2"]),
    ]
    assert [cluster["key"] for cluster in found["clusters"]] == [RIO_LINEN.key, PARAGOMINAS_WOOD.key]
    assert found["corrections"][0]["was"]["name"] == "Paraná"


def test_results_are_told_with_their_measurements() -> None:
    measured = ResultAchieved(**ABOUT, result="joint_purchasing", indicator="I1", value="9.50", evidence="survey")
    unplanned = ResultAchieved(**ABOUT, result="credit_access", evidence="agreement with a bank")
    found = {result["code"]: result for result in projected([STARTED, measured, unplanned])["results"]}
    assert [(a["indicator"], a["value"]) for a in found["joint_purchasing"]["achieved"]] == [("I1", "9.50")]
    assert found["joint_promotion"]["achieved"] == []
    assert (found["credit_access"]["promised"], found["credit_access"]["events"]) == (False, ["event-3"])


def test_a_cancelled_project_says_why() -> None:
    found = projected([STARTED, ProjectCancelled(**ABOUT, reason="dissolved")])
    assert (found["status"], found["cancelled"]["reason"]) == ("cancelled", "dissolved")


def test_a_document_is_plain_json_and_the_one_before_is_left_as_it_was() -> None:
    document = None
    for event in recorded([STARTED, RECEIVED, CERTIFIED, TO_800]):
        before = copy.deepcopy(document)
        after = project(document, event)
        assert document == before
        assert after == json.loads(json.dumps(after))
        document = after


def test_a_stream_that_does_not_begin_with_its_start_is_refused() -> None:
    with pytest.raises(ValueError, match="first event"):
        PROJECTS.fold("project-p1", None, recorded([RECEIVED]))
