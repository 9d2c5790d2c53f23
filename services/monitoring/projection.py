"""What monitoring keeps to be read: its projects, each figure with the ids of the events behind it. Pure.

Amounts are decimal text. `entries` holds the steps of all contributions, by what `figure_key` names; `totals` adds them
up per currency and kind: what was received is in `received` whether it was then certified, rejected, or neither yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from services.monitoring.state import figure_key, plain
from shared.contracts import Recorded
from shared.contracts import monitoring as events
from shared.contracts.values import Money
from shared.projection import Document, Projection

STEPS = ("pledged", "received", "certified", "rejected")
_STEP_OF = {
    events.ContributionPledged: "pledged",
    events.ContributionReceived: "received",
    events.ContributionCertified: "certified",
    events.ContributionRejected: "rejected",
}


def project(document: Document | None, event: Recorded) -> Document | None:
    """A project with all that was recorded about it."""
    if isinstance(event.fact, events.ProjectStarted):
        return _seen(_started(event.fact, event), event)
    if document is None:
        raise ValueError("the stream does not begin with its first event")
    return _seen(_moved(document, event), event)


def _moved(document: Document, event: Recorded) -> Document:
    match event.fact:
        case events.ActivityStarted(activity_id=activity):
            return _planned(document, "activities", activity, event, state="started", started_at=_at(event))
        case events.ActivityCompleted(activity_id=activity):
            return _planned(document, "activities", activity, event, state="completed", completed_at=_at(event))
        case events.MilestoneReached(milestone_id=milestone, evidence=evidence):
            return _planned(document, "milestones", milestone, event, reached_at=_at(event), evidence=evidence)
        case events.ResultAchieved() as fact:
            return _achieved(document, fact, event)
        case (
            events.ContributionPledged()
            | events.ContributionReceived()
            | events.ContributionCertified()
            | events.ContributionRejected() as fact
        ):
            return _contributed(document, fact, event)
        case events.FigureCorrected() as fact:
            return _figure_corrected(document, fact, event)
        case events.PlaceCorrected() as fact:
            return _place_corrected(document, fact, event)
        case events.ProjectCancelled(reason=reason):
            why = {"at": _at(event), "reason": reason, "event": event.event.id}
            return document | {"status": "cancelled", "cancelled": why}
        case _:
            return document


def _seen(document: Document, event: Recorded) -> Document:
    return document | {"version": event.version, "updated": event.recorded.isoformat()}


def _at(event: Recorded) -> str:
    return event.event.time.isoformat()


def _started(fact: events.ProjectStarted, event: Recorded) -> Document:
    source = event.event.id
    plan = fact.plan.model_dump(mode="json")
    document: Document = fact.model_dump(mode="json", exclude={"plan", "places", "fund_amount", "counterpart_amount"})
    document |= {
        "status": "running",
        "recorded": event.recorded.isoformat(),
        "started_id": source,
        "cancelled": None,
        "places": [place.model_dump() | {"events": [source]} for place in fact.places],
        "fund_amount": _figure(fact.fund_amount, source),
        "counterpart_amount": _figure(fact.counterpart_amount, source),
        "term": {"months": plan["months"], "start": plan["start"]},
        "activities": [
            activity | {"state": "planned", "started_at": None, "completed_at": None, "events": [source]}
            for activity in plan["activities"]
        ],
        "milestones": [m | {"reached_at": None, "evidence": None, "events": [source]} for m in plan["milestones"]],
        "results": [r | {"promised": True, "achieved": [], "events": [source]} for r in plan["results"]],
        "corrections": [],
        "entries": {},
        "totals": {},
    }
    for i, pledge in enumerate(fact.plan.pledges):
        said: Document = {"contribution_id": pledge.id, "contributor": pledge.contributor, "kind": pledge.kind}
        said |= {"valuation_method": pledge.valuation_method}
        key = figure_key(source, f"/plan/pledges/{i}/amount")
        document = _entered(document, key, said, "pledged", pledge.amount, event)
    return document


def _figure(money: Money | None, source: str) -> Document | None:
    if money is None:
        return None
    return {"currency": money.currency, "value": plain(money.value), "events": [source]}


def _planned(document: Document, part: str, name: str, event: Recorded, **changes: str) -> Document:
    """One activity or milestone of the plan, moved on."""
    moved = [
        item | changes | {"events": [*item["events"], event.event.id]} if item["id"] == name else item
        for item in document[part]
    ]
    return document | {part: moved}


def _achieved(document: Document, fact: events.ResultAchieved, event: Recorded) -> Document:
    found: list[Document] = document["results"]
    if all(result["code"] != fact.result for result in found):
        found = [*found, {"code": fact.result, "indicators": [], "promised": False, "achieved": [], "events": []}]
    said = {
        "indicator": fact.indicator,
        "value": None if fact.value is None else plain(fact.value),
        "evidence": fact.evidence,
        "at": _at(event),
        "event": event.event.id,
    }
    results = [
        result | {"achieved": [*result["achieved"], said], "events": [*result["events"], event.event.id]}
        if result["code"] == fact.result
        else result
        for result in found
    ]
    return document | {"results": results}


def _contributed(document: Document, fact: events.ContributionFact, event: Recorded) -> Document:
    extra = fact.model_dump(include={"document", "valuation_method", "receipt_id", "reason"})
    said = fact.model_dump(include={"contribution_id", "contributor", "kind"}) | extra
    step = _STEP_OF[type(fact)]
    if isinstance(fact, events.ContributionCertified | events.ContributionRejected):
        entries: Document = document["entries"]
        receipt = entries[fact.receipt_id] | {"settled": step}
        document = document | {"entries": {**entries, fact.receipt_id: receipt}}
    elif step == "received":
        said["settled"] = None
    return _entered(document, event.event.id, said, step, fact.amount, event)


def _entered(document: Document, key: str, said: Document, step: str, amount: Money, event: Recorded) -> Document:
    """One more step of a contribution, and its amount in the totals."""
    figure = {"step": step, "currency": amount.currency, "value": plain(amount.value), "at": _at(event)}
    entry = said | figure | {"events": [event.event.id]}
    return _added(document | {"entries": {**document["entries"], key: entry}}, entry, amount.value, event)


def _added(document: Document, entry: Document, amount: Decimal, event: Recorded) -> Document:
    """The totals with `amount` more, or less, in the entry's step."""
    name = f"{entry['currency']}/{entry['kind']}"
    empty: Document = {"currency": entry["currency"], "kind": entry["kind"]}
    total = document["totals"].get(name) or empty | {step: {"value": "0", "events": []} for step in STEPS}
    before = total[entry["step"]]
    after = {
        "value": plain(Decimal(before["value"]) + amount),
        "events": _with(before["events"], event.event.id),
    }
    return document | {"totals": {**document["totals"], name: total | {entry["step"]: after}}}


def _with(found: Sequence[str], event_id: str) -> list[str]:
    # a project's start pledges several contributions at once
    return list(found) if found and found[-1] == event_id else [*found, event_id]


def _figure_corrected(document: Document, fact: events.FigureCorrected, event: Recorded) -> Document:
    said = {"figure": fact.figure, "was": _money(fact.was), "becomes": _money(fact.becomes)}
    document = _correction(document, fact.corrects, fact.reason, event, said)
    key = figure_key(fact.corrects, fact.figure)
    entry = document["entries"].get(key)
    if entry is None:
        part = fact.figure.removeprefix("/")
        return document | {part: _corrected(document[part], fact, event)}
    document = document | {"entries": {**document["entries"], key: _corrected(entry, fact, event)}}
    return _added(document, entry, fact.becomes.value - Decimal(entry["value"]), event)


def _corrected(figure: Document, fact: events.FigureCorrected, event: Recorded) -> Document:
    return figure | {"value": plain(fact.becomes.value), "events": [*figure["events"], event.event.id]}


def _place_corrected(document: Document, fact: events.PlaceCorrected, event: Recorded) -> Document:
    said = {"index": fact.index, "was": fact.was.model_dump(), "becomes": fact.becomes.model_dump()}
    places: list[dict[str, Any]] = list(document["places"])
    sources = [*places[fact.index]["events"], event.event.id]
    places[fact.index] = fact.becomes.model_dump() | {"events": sources}
    clusters = [cluster.model_dump() for cluster in fact.clusters]
    return _correction(document, fact.corrects, fact.reason, event, said) | {"places": places, "clusters": clusters}


def _correction(document: Document, corrects: str, reason: str, event: Recorded, said: Document) -> Document:
    """The history of what was corrected."""
    made = {"event": event.event.id, "at": _at(event), "corrects": corrects, "reason": reason, **said}
    return document | {"corrections": [*document["corrections"], made]}


def _money(money: Money) -> Document:
    return {"currency": money.currency, "value": plain(money.value)}


PROJECTS = Projection("projects", project)
