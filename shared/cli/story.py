"""The demo's story: the programme's approved projects and two new proposals, through the public doors alone.

Each order has a key of its own that never changes: told again on the same data, the story repeats its orders, gets the
answers of the first time, and doubles nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

from rich.markup import escape

from shared.cli import show
from shared.cli.command import Session
from shared.cli.documents import key_of
from shared.cli.failure import Answered, Code, Failure

EXAMPLES = files("shared.programme").joinpath("examples")
AGENCIES = {"AR": "ADEC-CORDOBA"}
"""Agencies of the past whose people have a persona on the local stack; the source names no ids."""
WOOD = {"sector": {"es": "Madera"}, "name": "Paragominas", "subdivision": "BR-PA"}
WHY_WOOD = "The fund's own announcement places the wood district in Paragominas, Pará; the deck says Paraná."
NOT_FOUND = 404
PATIENCE = 60.0
"""Seconds that the story waits for what one service tells another."""
T = TypeVar("T")


def example(name: str) -> Any:
    """One of the example documents."""
    return json.loads(EXAMPLES.joinpath(name).read_text("utf-8"))


def heading(text: str) -> None:
    """A heading of the story."""
    show.line()
    show.out().print(f"[bold]{escape(text)}[/]")


@dataclass
class Story:
    """Tells each step as it happens."""

    session: Session

    def tell(self) -> str:
        """All steps; returns the id of the network's project."""
        brazil = self._history()
        self._correct(brazil)
        network = self._submit("network-coffee-co.json", "office-co")
        self._submit("cluster-furniture-br.json", "office-br")
        self._decide(network)
        self._carry_out(network)
        return network

    def _history(self) -> str:
        """Headquarters brings in the portfolio; returns the Brazilian project's id."""
        self._heading("history")
        brazil = ""
        for project in example("approved-projects.json")["projects"]:
            country, day = project["country"], project["approved_on"]
            known = project | ({"agency_id": AGENCIES[country]} if country in AGENCIES else {})
            answer = self._order("evaluation", "/approvals", "headquarters", known, f"approval-{country}-{day}")
            self._line("approved", answer, day=day, country=country, title=project["title"]["es"])
            brazil = answer["project_id"] if country == "BR" else brazil
        return brazil

    def _correct(self, project_id: str) -> None:
        """The wood district's place, without erasing what was said first."""
        self._heading("correction")
        project = self._until(lambda: self._project(project_id))
        order = {"corrects": project["started_id"], "index": 2, "becomes": WOOD, "reason": WHY_WOOD}
        path = f"/projects/{project_id}/corrections/places"
        answer = self._order("monitoring", path, "headquarters", order, "wood-district")
        self._line("corrected", answer, was="Paraná (BR-PR)", becomes="Paragominas (BR-PA)")

    def _submit(self, name: str, office: str) -> str:
        """An office submits a proposal, and evaluation says what it sees."""
        document = EXAMPLES.joinpath(name).read_bytes()
        proposal = json.loads(document)
        kind = proposal["declared_typology"]
        self._heading("submission", country=proposal["country"], kind=self.session.say(f"story-{kind}"))
        # under the key that `trama submit` has for the file: it is one proposal, whoever submits it
        answer = self.session.client.order("intake", "/proposals", office, document, key_of(document))
        proposal_id: str = answer["proposal_id"]
        self._line("submitted", answer, reference=answer["reference"], events=", ".join(answer["events"]))
        seen = self._until(lambda: self._review(proposal_id))["findings"]
        self._say("classified", typology=self.session.say(f"story-{seen['typology']}"), confidence=seen["confidence"])
        for row in seen["rows"]:
            self._detail(f"{row['label']}: {row['explanation']}")
        verdicts = [check["verdict"] for check in seen["checks"]]
        counts = {verdict: verdicts.count(verdict) for verdict in ("pass", "refer", "fail", "unknown")}
        self._say("screened", **{"passed" if k == "pass" else k: v for k, v in counts.items()})
        for check in seen["checks"]:
            if check["verdict"] != "pass":
                self._detail(f"{check['title']}: {check['verdict']}. {check['explanation']}")
        return proposal_id

    def _decide(self, proposal_id: str) -> None:
        """The committee has the revision locked, and approves it."""
        self._heading("decision")
        path = f"/reviews/{proposal_id}"
        opened = self._order("evaluation", f"{path}/opening", "committee", {"revision": 1}, "open-network")
        self._line("opened", opened)
        locked = self._until(lambda: self._review(proposal_id, "confirmed", "approved"))
        self._say("locked", revision=locked["revision"])
        approval = {"revision": 1, "reasons": [{"es": "Cumple los criterios.", "en": "It meets the criteria."}]}
        answer = self._order("evaluation", f"{path}/approval", "committee", approval, "approve-network")
        self._line("approved-network", answer, reference=answer["reference"])
        self._until(lambda: self._proposal(proposal_id, "approved"))
        self._say("told-office")

    def _carry_out(self, project_id: str) -> None:
        """An activity, a milestone, a contribution and a result of the network's project."""
        self._heading("project")
        project = self._until(lambda: self._project(project_id))
        path, agency = f"/projects/{project_id}", "agency"
        activity, milestone = project["activities"][0], project["milestones"][0]
        answer = self._order("monitoring", f"{path}/activities/{activity['id']}/start", agency, {}, "activity")
        self._line("activity", answer, title=activity["title"])
        evidence = {"evidence": "Signed minutes of the first assembly"}
        answer = self._order(
            "monitoring", f"{path}/milestones/{milestone['id']}/reached", agency, evidence, "milestone"
        )
        self._line("milestone", answer, title=milestone["title"])
        self._contribute(path, project)
        result = next(result for result in project["results"] if result["promised"])
        achieved = {"result": result["code"], "evidence": "Purchase invoices of the first joint order"}
        answer = self._order("monitoring", f"{path}/results", agency, achieved, "result")
        self._line("result", answer, code=result["code"])

    def _contribute(self, path: str, project: Any) -> None:
        """A pledge of the plan is received, and certified by a supervisor."""
        pledge = next(c for c in project["contributions"] if c["kind"] == "cash" and c["pledged"])
        amount = {"currency": pledge["currency"], "value": pledge["pledged"]["value"]}
        receipt = {
            "step": "received",
            "contribution_id": pledge["contribution_id"],
            "contributor": pledge["contributor"],
            "kind": "cash",
            "amount": amount,
            "document": "Bank receipt 0001",
        }
        answer = self._order("monitoring", f"{path}/contributions", "agency", receipt, "contribution")
        self._line("received", answer, amount=f"{amount['value']} {amount['currency']}")
        path = f"{path}/receipts/{answer['events'][0]}/certification"
        self._line("certified", self._order("monitoring", path, "supervisor", {}, "certification"))

    def _order(self, service: str, path: str, persona: str, body: Any, key: str) -> Any:
        return self.session.client.order(service, path, persona, body, f"demo:{key}")

    def _project(self, project_id: str) -> Any:
        return self._found("monitoring", f"/projects/{project_id}", "supervisor")

    def _review(self, proposal_id: str, *statuses: str) -> Any:
        review = self._found("evaluation", f"/reviews/{proposal_id}", "committee")
        return review if review and (not statuses or review["status"] in statuses) else None

    def _proposal(self, proposal_id: str, status: str) -> Any:
        proposal = self._found("intake", f"/proposals/{proposal_id}", "headquarters")
        return proposal if proposal and proposal["status"] == status else None

    def _found(self, service: str, path: str, persona: str) -> Any:
        try:
            return self.session.client.get(service, path, persona)
        except Answered as error:
            if error.status == NOT_FOUND:  # not yet: one service has not heard of it from the other
                return None
            raise

    def _until(self, look: Callable[[], T | None]) -> T:
        """What `look` finds, as soon as it finds it: what one service records, the next hears a moment later."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = look()
            if found:
                return found
            if time.monotonic() > deadline:
                raise Failure(Code.UNREACHABLE, "story-stuck", seconds=int(PATIENCE))
            time.sleep(0.05)

    def _heading(self, key: str, **values: object) -> None:
        heading(self.session.say(f"story-{key}-heading", **values))

    def _line(self, key: str, answer: Any, **values: object) -> None:
        again = f"  ({self.session.say('story-again')})" if answer["repeated"] else ""
        show.line(f"  {self.session.say(f'story-{key}', **values)}{again}")

    def _say(self, key: str, **values: object) -> None:
        show.line(f"  {self.session.say(f'story-{key}', **values)}")

    def _detail(self, text: str) -> None:
        show.line(f"      {text}")
