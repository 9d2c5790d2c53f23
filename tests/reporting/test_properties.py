"""What holds for any history: order and cuts don't matter, totals are what the sheets say, corrections lose nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.proof import Digest, Prover
from services.reporting.report import Cut, report
from services.reporting.sheet import Sheet
from services.reporting.totals import Total, fold, settle, total_id
from shared.contracts import evaluation, intake, monitoring
from shared.contracts.base import Recorded
from shared.contracts.values import Money
from shared.programme.proposal import Proposal
from tests.reporting.telling import PROJECTS, START, Record, money, moved, started

PROPOSAL = Proposal.model_validate_json((PROJECTS.parent / "cluster-furniture-br.json").read_bytes())
PLACES = [("Madera", "Paraná", "BR-PR"), ("Calzados", "Campina Grande", "BR-PB"), ("Madera", "Pará", "BR-PA")]
PLACES += [("MADERA", "PARÁ", "BR-PA")]  # the same cluster, called otherwise
AMOUNTS = st.decimals(0, 10**15, places=4, allow_nan=False)
CURRENCIES = st.sampled_from(["BRL", "USD"])
DAYS = st.dates(date(2000, 1, 1), date(2004, 1, 1))


@st.composite
def histories(draw: st.DrawFn) -> Record:
    """Some projects and proposals in some countries, and whatever may happen to them, corrections included."""
    record = Record()
    open_: list[tuple[monitoring.ProjectStarted, list[tuple[str, str, Money]], str]] = []
    for number in range(draw(st.integers(1, 25))):
        what = draw(st.sampled_from(["start", "submit", "receive", "achieve", "correct", "move", "cancel", "reject"]))
        time = datetime.combine(draw(DAYS), datetime.min.time(), UTC)
        if what in ("submit", "reject"):
            own: dict[str, Any] = {"proposal_id": f"q{number}", "country": draw(st.sampled_from(["BR", "AR"]))}
            if what == "submit":
                fact = intake.ProposalSubmitted(**own, revision=1, reference="r", proposal=PROPOSAL)
                record.tell("intake", f"proposal-q{number}", fact, time=time)
            else:
                rejected = evaluation.ProposalRejected(**own, revision=1, reasons=[])
                record.tell("evaluation", f"review-q{number}", rejected, time=time)
        elif what == "start" or not open_:
            places = draw(st.lists(st.sampled_from(PLACES), max_size=3, unique=True))
            amount = draw(st.none() | st.builds(money, AMOUNTS.map(str), CURRENCIES))
            begun = started(f"p{number}", places=places, fund_amount=amount, approved_on=draw(DAYS))
            [event] = record.tell("monitoring", f"project-p{number}", begun, time=time)
            open_.append((begun, [(event.event.id, "/fund_amount", amount)] if amount else [], event.event.id))
        else:
            begun, amounts, first = draw(st.sampled_from(open_))
            happens(draw, record, what, begun, amounts, first, time)
    return record


def happens(
    draw: st.DrawFn,
    record: Record,
    what: str,
    begun: monitoring.ProjectStarted,
    amounts: list[tuple[str, str, Money]],
    first: str,
    time: datetime,
) -> None:
    stream, own = f"project-{begun.project_id}", {"project_id": begun.project_id, "country": begun.country}
    amount = draw(st.builds(money, AMOUNTS.map(str), CURRENCIES))
    if what == "receive":
        fact = monitoring.ContributionReceived(
            **own, contribution_id="c", contributor="x", kind="cash", amount=amount, document="d"
        )
        [event] = record.tell("monitoring", stream, fact, time=time)
        amounts.append((event.event.id, "/amount", amount))
    elif what == "correct" and amounts:
        at = draw(st.integers(0, len(amounts) - 1))
        corrects, figure, was = amounts[at]
        becomes = money(str(amount.value), was.currency)
        said = {"corrects": corrects, "figure": figure, "was": was, "becomes": becomes, "reason": "r"}
        record.tell("monitoring", stream, monitoring.FigureCorrected(**own, **said))
        amounts[at] = corrects, figure, becomes
    elif what == "move" and begun.places:
        record.tell("monitoring", stream, moved(begun, 0, *draw(st.sampled_from(PLACES))[1:], first))
    elif what == "cancel":
        record.tell("monitoring", stream, monitoring.ProjectCancelled(**own, reason="r"), time=time)
    else:
        results = [
            monitoring.ResultAchieved(**own, result=r, indicator=draw(st.sampled_from([None, "i", "k"])), evidence="e")
            for r in ("joint_promotion", "credit_access")
        ]
        record.tell("monitoring", stream, *results, time=time)


@st.composite
def deliveries(draw: st.DrawFn, record: Record) -> list[list[Recorded]]:
    """The same events as some consumers may get them: each log in order, all else in any order, cut anywhere."""
    logs = {name: list(events) for name, events in record.logs().items()}
    batches = []
    while logs:
        name = draw(st.sampled_from(sorted(logs)))
        cut = draw(st.integers(1, len(logs[name])))
        batches.append(logs[name][:cut])
        logs[name] = logs[name][cut:]
        if not logs[name]:
            del logs[name]
    return batches


def project(batches: Iterable[Sequence[Recorded]]) -> tuple[dict[str, Sheet], dict[str, Total]]:
    """As the inbox does, but in memory."""
    sheets: dict[str, Sheet] = {}
    totals: dict[str, Total] = {}
    for batch in batches:
        for log, events in groupby(batch, key=lambda e: e.log):
            for target, delta in fold(sheets, events).items():
                name = total_id(target, log)
                totals[name] = settle(totals.get(name), target, log, delta)
    return sheets, totals


def digest(sheets: dict[str, Sheet], totals: dict[str, Total]) -> str:
    made = Digest()
    for name in sorted(sheets):
        made.take(sheets[name])
    for name in sorted(totals):
        made.take(totals[name])
    return made.value


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_read_model_ends_the_same_whatever_the_order_and_the_cuts(data: st.DataObject) -> None:
    record = data.draw(histories())
    one, other = (project(data.draw(deliveries(record))) for _ in range(2))
    assert one == other
    assert digest(*one) == digest(*other)


@settings(max_examples=60, deadline=None)
@given(histories())
def test_totals_are_what_the_sheets_say(record: Record) -> None:
    sheets, totals = project([[event] for event in record.events])
    prover = Prover()
    for sheet in sheets.values():
        prover.take(sheet)
    assert prover.differences(totals.values()) == []  # of figures and names
    assert all(total["revision"] > 0 for total in totals.values())


@settings(max_examples=40, deadline=None)
@given(histories(), st.none() | DAYS, st.randoms())
def test_a_report_is_the_same_in_whatever_order_sheets_are_taken(
    record: Record, day: date | None, chance: Random
) -> None:
    sheets = list(project([record.events])[0].values())
    found = report(sheets, "cluster", Cut(as_of=day))
    chance.shuffle(sheets)
    assert report(sheets, "cluster", Cut(as_of=day)) == found
    assert all(one.named for one in found.values())


@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(0, 25))
def test_what_was_known_then_is_what_was_recorded_then(record: Record, seconds: int) -> None:
    """`known_at` tells the same as if nothing had been recorded since."""
    known_at = START + timedelta(seconds=seconds)
    now, _ = project([record.events])
    then, _ = project([[e for e in record.events if e.recorded <= known_at]])
    for kind in ("country", "cluster"):
        assert report(now.values(), kind, Cut(known_at=known_at)) == report(then.values(), kind)


@settings(max_examples=40, deadline=None)
@given(histories(), DAYS)
def test_a_later_day_never_counts_less(record: Record, day: date) -> None:
    sheets, _ = project([record.events])
    early, late = (report(sheets.values(), "country", Cut(as_of=d)) for d in (day, date(2100, 1, 1)))
    for key, found in early.items():
        for figure, sum_ in found.figures.items():
            whole = late[key].figures[figure]
            assert whole.value >= sum_.value
            assert set(sum_.events) <= set(whole.events)


@settings(max_examples=40, deadline=None)
@given(histories())
def test_clusters_of_one_project_each_have_their_figures_whole(record: Record) -> None:
    """Money of a project alone in its cluster is the cluster's own, and no cluster has more than its country."""
    sheets, _ = project([record.events])
    countries = report(sheets.values(), "country")
    for found in report(sheets.values(), "cluster").values():
        whole: dict[tuple[str, str | None, str | None], Decimal] = {}
        for figure, sum_ in found.figures.items():
            whole[figure[:3]] = whole.get(figure[:3], Decimal(0)) + sum_.value
        mine = {f[:3]: s.value for f, s in countries[found.country].figures.items()}
        assert all(value <= mine[figure] for figure, value in whole.items())
