"""What may be done with a project: given facts, when an order, then facts; or the reason why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from services.monitoring.commands import (
    AchieveResult,
    CancelProject,
    CertifyContribution,
    CompleteActivity,
    CorrectFigure,
    CorrectPlace,
    Locality,
    ReachMilestone,
    RecordContribution,
    RejectContribution,
    StartActivity,
    StartProject,
    Sum,
)
from services.monitoring.decider import DECIDER, MOST
from services.monitoring.refusals import texts
from shared.contracts.base import Fact
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
from shared.decider import Command
from shared.errors import Refused
from shared.testing import NOW, decide, event
from tests.monitoring.samples import (
    APPROVED,
    PARAGOMINAS,
    PARAGOMINAS_WOOD,
    PARANA,
    RIO_LINEN,
    historical,
    started,
    terms,
    usd,
)

ABOUT = {"project_id": "p1", "country": "BR"}
PAST = {"project_id": "br-2002-1", "country": "BR"}
STARTED = started(terms())
OLD = started(historical())

CASH: dict[str, Any] = {"contribution_id": "C1", "contributor": "beneficiary_firms", "kind": "cash"}
STAFF: dict[str, Any] = {"contribution_id": "C2", "contributor": "executing_agency", "kind": "in_kind"}
LAND: dict[str, Any] = {"contribution_id": "C9", "contributor": "local_government", "kind": "in_kind"}
PAYROLL = "staff hours at payroll cost"

A1_STARTED = ActivityStarted(**ABOUT, activity_id="A1")
A1_COMPLETED = ActivityCompleted(**ABOUT, activity_id="A1")
M1_REACHED = MilestoneReached(**ABOUT, milestone_id="M1", evidence="minutes")
RECEIVED = ContributionReceived(**ABOUT, **CASH, amount=usd("1000.00"), document="R-1")
CERTIFIED = ContributionCertified(**ABOUT, **CASH, amount=usd("1000.00"), receipt_id="event-2")
REJECTED = ContributionRejected(**ABOUT, **CASH, amount=usd("1000.00"), receipt_id="event-2", reason="no signature")
LAND_PLEDGED = ContributionPledged(**ABOUT, **LAND, amount=usd("300.00"), valuation_method="cadastre")
MEASURED = ResultAchieved(**ABOUT, result="joint_purchasing", indicator="I1", value="9.5", evidence="survey")
CANCELLED = ProjectCancelled(**ABOUT, reason="the agency was dissolved")


def corrected(corrects: str, was: str, becomes: str, figure: str = "/amount") -> FigureCorrected:
    return FigureCorrected(
        **ABOUT, corrects=corrects, figure=figure, was=usd(was), becomes=usd(becomes), reason="typing error"
    )


def receipt(value: str = "1000.00", document: str | None = "R-1", **changes: Any) -> RecordContribution:
    said = CASH | {"amount": Sum(currency="USD", value=value), "document": document} | changes
    return RecordContribution(step="received", **said)


def pledge(value: str = "300.00", **changes: Any) -> RecordContribution:
    said = LAND | {"amount": Sum(currency="USD", value=value), "valuation_method": "cadastre"} | changes
    return RecordContribution(step="pledged", **said)


def correction(corrects: str, becomes: str, figure: str = "/amount", currency: str = "USD") -> CorrectFigure:
    amount = Sum(currency=currency, value=becomes)
    return CorrectFigure(corrects=corrects, figure=figure, becomes=amount, reason="typing error")


def place(corrects: str = "event-1", index: int = 1, subdivision: str = "BR-PA", **changes: Any) -> CorrectPlace:
    said = PARAGOMINAS.model_dump() | {"subdivision": subdivision} | changes
    becomes = Locality.model_validate(said)
    return CorrectPlace(corrects=corrects, index=index, becomes=becomes, reason="the fund's announcement")


def achieve(**changes: Any) -> AchieveResult:
    said = {"result": "joint_purchasing", "indicator": "I1", "value": "9.5", "evidence": "survey"} | changes
    return AchieveResult(**said)


START = StartProject(approval_id="approval-1", terms=terms())
START_A1 = StartActivity(activity_id="A1")
COMPLETE_A1 = CompleteActivity(activity_id="A1")
REACH_M1 = ReachMilestone(milestone_id="M1", evidence="minutes")
CERTIFY = CertifyContribution(receipt_id="event-2")
REJECT = RejectContribution(receipt_id="event-2", reason="no signature")
CANCEL = CancelProject(reason="the agency was dissolved")
EARLIER, LATER = NOW - timedelta(days=9), NOW + timedelta(seconds=1)

FIRST = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
LAST = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))

FOLLOWS: list[tuple[list[Fact], Command, list[Fact]]] = [
    ([], START, [STARTED]),
    ([STARTED], START, []),
    ([STARTED], START_A1, [A1_STARTED]),
    ([STARTED, A1_STARTED], START_A1, []),
    ([STARTED, A1_STARTED], StartActivity(activity_id="A1", at=NOW), []),
    ([STARTED, A1_STARTED, A1_COMPLETED], START_A1, []),
    ([STARTED, A1_STARTED], COMPLETE_A1, [A1_COMPLETED]),
    ([STARTED, A1_STARTED, A1_COMPLETED], COMPLETE_A1, []),
    ([STARTED], REACH_M1, [M1_REACHED]),
    ([STARTED, M1_REACHED], REACH_M1, []),
    ([STARTED], receipt(), [RECEIVED]),
    ([STARTED], receipt(at=APPROVED), [RECEIVED]),
    ([STARTED, RECEIVED], receipt(), []),
    ([STARTED, RECEIVED, CERTIFIED], receipt(), []),
    ([STARTED, RECEIVED], receipt(document="R-2"), [RECEIVED.model_copy(update={"document": "R-2"})]),
    ([STARTED, RECEIVED, REJECTED], receipt(), [RECEIVED]),
    # the method of the pledge holds for what is received on it
    ([STARTED], receipt(**STAFF), [RECEIVED.model_copy(update=STAFF | {"valuation_method": PAYROLL})]),
    ([STARTED], pledge(), [LAND_PLEDGED]),
    ([STARTED, LAND_PLEDGED], pledge(), []),
    ([STARTED], pledge("50000", **CASH, valuation_method=None), []),
    ([STARTED, RECEIVED], CERTIFY, [CERTIFIED]),
    ([STARTED, RECEIVED, CERTIFIED], CERTIFY, []),
    ([STARTED, RECEIVED], REJECT, [REJECTED]),
    ([STARTED, RECEIVED, REJECTED], REJECT, []),
    # what is certified is the amount as it stands
    (
        [STARTED, RECEIVED, corrected("event-2", "1000.00", "800.00")],
        CERTIFY,
        [CERTIFIED.model_copy(update={"amount": usd("800.00")})],
    ),
    ([STARTED], achieve(), [MEASURED]),
    ([STARTED, MEASURED], achieve(), []),
    ([STARTED, MEASURED], achieve(value="9.50"), []),
    ([STARTED, MEASURED], achieve(at=EARLIER), [MEASURED]),
    ([STARTED, MEASURED], achieve(value="12"), [MEASURED.model_copy(update={"value": achieve(value="12").value})]),
    (
        [STARTED],
        achieve(result="joint_promotion", indicator=None, value=None),
        [ResultAchieved(**ABOUT, result="joint_promotion", evidence="survey")],
    ),
    ([STARTED, RECEIVED], correction("event-2", "800"), [corrected("event-2", "1000.00", "800")]),
    ([STARTED, RECEIVED], correction("event-2", "0"), [corrected("event-2", "1000.00", "0")]),
    ([STARTED, RECEIVED], correction("event-2", "1000"), []),
    (
        [STARTED, RECEIVED, corrected("event-2", "1000.00", "800.00")],
        correction("event-2", "900"),
        [corrected("event-2", "800.00", "900")],
    ),
    ([STARTED, RECEIVED, CERTIFIED], correction("event-3", "900"), [corrected("event-3", "1000.00", "900")]),
    (
        [STARTED],
        correction("event-1", "90000", "/fund_amount"),
        [corrected("event-1", "100000.00", "90000", "/fund_amount")],
    ),
    (
        [STARTED],
        correction("event-1", "21000", "/plan/pledges/1/amount"),
        [corrected("event-1", "20000.00", "21000", "/plan/pledges/1/amount")],
    ),
    (
        [STARTED],
        place(),
        [
            PlaceCorrected(
                **ABOUT,
                corrects="event-1",
                index=1,
                was=PARANA,
                becomes=PARAGOMINAS,
                clusters=[RIO_LINEN, PARAGOMINAS_WOOD],
                reason="the fund's announcement",
            )
        ],
    ),
    ([STARTED], place(name="Paraná", subdivision="BR-PR"), []),
    ([STARTED], CANCEL, [CANCELLED]),
    ([STARTED, CANCELLED], CANCEL, []),
    ([STARTED, RECEIVED, CANCELLED], correction("event-2", "0"), [corrected("event-2", "1000.00", "0")]),
    # a project of the past has contributions and results without a plan
    ([OLD], receipt(), [RECEIVED.model_copy(update=PAST)]),
    ([OLD], achieve(at=datetime(2004, 1, 1, tzinfo=UTC)), [MEASURED.model_copy(update=PAST)]),
]


@pytest.mark.parametrize(("given", "when", "then"), FOLLOWS)
def test_what_follows(given: list[Fact], when: Command, then: list[Fact]) -> None:
    assert decide(DECIDER, given, when) == then


REFUSED: list[tuple[list[Fact], Command, str, str | None]] = [
    ([], START_A1, "state.absent", None),
    ([STARTED], StartProject(approval_id="another", terms=terms()), "state.started", "/approval_id"),
    ([STARTED, CANCELLED], receipt(), "state.cancelled", None),
    ([STARTED, RECEIVED, CANCELLED], CERTIFY, "state.cancelled", None),
    ([STARTED], StartActivity(activity_id="A1", at=LATER), "time.future", "/at"),
    ([STARTED], receipt(at=APPROVED - timedelta(seconds=1)), "time.before_approval", "/at"),
    ([STARTED], receipt(at=FIRST), "time.before_approval", "/at"),
    ([STARTED], receipt(at=LAST), "time.future", "/at"),
    ([STARTED], StartActivity(activity_id="A9"), "activity.unknown", "/activity_id"),
    ([STARTED], COMPLETE_A1, "state.not_started", "/activity_id"),
    ([STARTED], CompleteActivity(activity_id="A9"), "activity.unknown", "/activity_id"),
    ([STARTED, A1_STARTED], StartActivity(activity_id="A1", at=EARLIER), "state.activity_started", "/at"),
    ([STARTED, A1_STARTED], CompleteActivity(activity_id="A1", at=EARLIER), "activity.before_start", "/at"),
    (
        [STARTED, A1_STARTED, A1_COMPLETED],
        CompleteActivity(activity_id="A1", at=EARLIER),
        "state.activity_completed",
        "/at",
    ),
    ([STARTED], ReachMilestone(milestone_id="M9", evidence="x"), "milestone.unknown", "/milestone_id"),
    (
        [STARTED, M1_REACHED],
        ReachMilestone(milestone_id="M1", evidence="other"),
        "state.milestone_reached",
        "/evidence",
    ),
    ([STARTED, M1_REACHED], REACH_M1.model_copy(update={"at": EARLIER}), "state.milestone_reached", "/evidence"),
    ([OLD], START_A1, "plan.unknown", "/activity_id"),
    ([OLD], COMPLETE_A1, "plan.unknown", "/activity_id"),
    ([OLD], REACH_M1, "plan.unknown", "/milestone_id"),
    ([STARTED], receipt("0"), "amount.zero", "/amount/value"),
    ([STARTED], pledge("0"), "amount.zero", "/amount/value"),
    ([STARTED], receipt(document=None), "contribution.document", "/document"),
    ([STARTED], receipt(**LAND), "contribution.valuation", "/valuation_method"),
    ([STARTED], pledge(valuation_method=None), "contribution.valuation", "/valuation_method"),
    ([STARTED], receipt(contributor="others"), "contribution.contributor", "/contributor"),
    ([STARTED], receipt(kind="in_kind", valuation_method="x"), "contribution.kind", "/kind"),
    ([STARTED], receipt(amount=Sum(currency="BRL", value="1")), "contribution.currency", "/amount/currency"),
    ([OLD, RECEIVED], receipt(document="R-2", contributor="others"), "contribution.contributor", "/contributor"),
    ([STARTED, LAND_PLEDGED], pledge("301"), "state.pledged", "/amount"),
    ([STARTED, RECEIVED], receipt("1001"), "state.document_recorded", "/document"),
    ([STARTED, RECEIVED], receipt(at=EARLIER), "state.document_recorded", "/document"),
    ([STARTED, RECEIVED], CertifyContribution(receipt_id="event-1"), "receipt.unknown", "/receipt_id"),
    ([STARTED, LAND_PLEDGED], CERTIFY, "receipt.unknown", "/receipt_id"),
    ([STARTED, RECEIVED, CERTIFIED], CertifyContribution(receipt_id="event-3"), "receipt.unknown", "/receipt_id"),
    ([STARTED, RECEIVED], CERTIFY.model_copy(update={"at": EARLIER}), "receipt.later", "/at"),
    ([STARTED, RECEIVED, corrected("event-2", "1000.00", "0")], CERTIFY, "receipt.empty", "/receipt_id"),
    ([STARTED, RECEIVED, REJECTED], CERTIFY, "state.rejected", "/receipt_id"),
    ([STARTED, RECEIVED, CERTIFIED], REJECT, "state.certified", "/receipt_id"),
    ([STARTED], achieve(result="credit_access"), "result.unknown", "/result"),
    ([STARTED], achieve(indicator="I9"), "result.indicator", "/indicator"),
    ([STARTED], achieve(value=None), "result.value_missing", "/value"),
    ([STARTED], achieve(indicator=None), "result.indicator_missing", "/indicator"),
    ([OLD], achieve(value=None), "result.value_missing", "/value"),
    ([STARTED], correction("event-9", "1"), "figure.unknown", "/corrects"),
    ([STARTED], correction("event-1", "1"), "figure.unknown", "/figure"),
    ([STARTED], correction("event-1", "1", "/plan/pledges/7/amount"), "figure.unknown", "/figure"),
    ([OLD], correction("event-1", "1", "/counterpart_amount"), "figure.not_given", "/figure"),
    # a correction is corrected by naming the original again
    (
        [STARTED, RECEIVED, corrected("event-2", "1000.00", "800.00")],
        correction("event-3", "900"),
        "figure.unknown",
        "/corrects",
    ),
    ([STARTED, RECEIVED], correction("event-2", "1", currency="BRL"), "figure.currency", "/becomes/currency"),
    ([STARTED, RECEIVED], place("event-2"), "place.unknown_event", "/corrects"),
    ([STARTED], place(index=2), "place.index", "/index"),
    ([STARTED], place(subdivision="CO-VAC"), "place.country", "/becomes/subdivision"),
]


@pytest.mark.parametrize(("given", "when", "code", "pointer"), REFUSED)
def test_what_is_refused(given: list[Fact], when: Command, code: str, pointer: str | None) -> None:
    """A refusal names its rule and its field, explains it in all three languages, and says what to do."""
    with pytest.raises(Refused) as refused:
        decide(DECIDER, given, when)
    error = refused.value
    assert (error.code, error.pointer) == (code, pointer)
    assert set(error.texts) == set(error.fix) == {"es", "pt", "en"}
    assert not [text for text in (*error.texts.values(), *error.fix.values()) if "{" in text or not text.strip()]


def test_every_refusal_is_tried_and_none_is_missing() -> None:
    assert {code for _, _, code, _ in REFUSED} | {"state.full"} == set(texts())


def test_a_full_project_takes_corrections_and_cancellation_only() -> None:
    full = DECIDER.fold(DECIDER.initial, [event(STARTED)]).model_copy(update={"events": MOST})
    with pytest.raises(Refused) as refused:
        DECIDER.decide(receipt(), full, NOW)
    assert (refused.value.code, str(MOST) in refused.value.texts["pt"]) == ("state.full", True)
    assert DECIDER.decide(correction("event-1", "1", "/fund_amount"), full, NOW)
    assert DECIDER.decide(CANCEL, full, NOW)


@pytest.mark.parametrize(
    "amount",
    [
        {"currency": "USD", "value": "-1"},
        {"currency": "USD", "value": "1.001"},
        {"currency": "XYZ", "value": "1"},
        {"currency": "usd", "value": "1"},
        {"currency": "USD", "value": 1.5},
        {"currency": "USD", "value": "NaN"},
    ],
)
def test_money_is_exact_and_not_negative_and_its_currency_exists(amount: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Sum.model_validate(amount)


def test_only_the_programmes_results_are_known() -> None:
    with pytest.raises(ValidationError):
        achieve(result="world_peace")


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        CancelProject.model_validate({"reason": "x", "because": "y"})
