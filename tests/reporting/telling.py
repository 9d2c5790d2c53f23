"""Recorded events for tests, as a store of several logs would have them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.contracts.base import Fact, Recorded
from shared.contracts.monitoring import PlaceCorrected, Plan, ProjectStarted
from shared.contracts.values import Cluster, Money, Place
from shared.eventstore.commit import GENESIS, iso, link, log_number
from shared.execute import text_of
from shared.programme.clusters import clusters_of
from shared.programme.historical import HistoricalProjects
from shared.testing import event

PROJECTS = Path(__file__).parents[2] / "shared" / "programme" / "examples" / "approved-projects.json"
START = datetime(2026, 1, 1, tzinfo=UTC)
LOGS = 2


class Record:
    """Writes facts down: positions, versions and the chain as the store makes them; a second passes with each."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self._heads: dict[str, tuple[int, str]] = {}
        self._versions: dict[str, int] = {}

    def tell(self, source: str, stream: str, *facts: Fact, time: datetime = START) -> list[Recorded]:
        """One commit of `facts`, which happened at `time`."""
        log = f"{source}-{log_number(stream, LOGS)}"
        n, value = self._heads.get(log, (0, GENESIS))
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        recorded = START + timedelta(seconds=len(self.events))
        command = f"{stream}.{version}"
        told = []
        for i, fact in enumerate(facts):
            made = event(fact, len(self.events) + 1 + i, time, stream)
            made = made.model_copy(update={"id": f"{command}-{i}", "source": f"/{source}"})
            text = text_of(made)
            value = link(value, log, n + 1, i, len(facts), stream, version, command, iso(recorded), text)
            told.append(Recorded(made, log, n + 1, i, len(facts), version, command, recorded, value, text))
        self._heads[log] = (n + 1, value)
        self.events += told
        return told

    def logs(self) -> dict[str, list[Recorded]]:
        """The events by log, in order."""
        found: dict[str, list[Recorded]] = {}
        for told in self.events:
            found.setdefault(told.log, []).append(told)
        return found


def money(value: str | int, currency: str = "USD") -> Money:
    return Money.model_validate({"currency": currency, "value": str(value)})


def started(project: str, country: str = "BR", **given: Any) -> ProjectStarted:
    """A project whose source tells nothing but what is given; `places` are (sector, name, subdivision)."""
    places = [Place(sector={"es": s}, name=n, subdivision=sub) for s, n, sub in given.pop("places", [])]
    base: dict[str, Any] = {
        "proposal_id": None,
        "reference": None,
        "approved_on": date(2002, 6, 26),
        "historical": True,
        "title": {"es": f"Proyecto {project}"},
        "executing_agency": "SEBRAE",
        "typology": None,
        "fund_amount": None,
        "counterpart_amount": None,
        "firms": None,
        "plan": Plan(),
        "approval_id": "approval-1",
    }
    return ProjectStarted.model_validate(
        {
            **base,
            **given,
            "project_id": project,
            "country": country,
            "places": places,
            "clusters": keys(country, places),
        }
    )


def keys(country: str, places: Iterable[Place]) -> list[Cluster]:
    return [Cluster.model_validate(c.model_dump()) for c in clusters_of(country, places)]


def historical() -> list[ProjectStarted]:
    """The five approved projects of the programme's source, as monitoring begins them."""
    found = HistoricalProjects.model_validate_json(PROJECTS.read_bytes()).projects
    return [
        started(
            f"{p.country}-{p.approved_on.year}",
            p.country,
            approved_on=p.approved_on,
            title=p.title.given(),
            executing_agency=p.executing_agency,
            fund_amount=money(str(p.fund_amount.value), p.fund_amount.currency) if p.fund_amount else None,
            places=[(place.sector.given()["es"], place.name, place.subdivision) for place in p.localities],
        )
        for p in found
    ]


def moved(fact: ProjectStarted, index: int, name: str, subdivision: str | None, corrects: str) -> PlaceCorrected:
    """The place `index` of a project was another one."""
    was = fact.places[index]
    becomes = was.model_copy(update={"name": name, "subdivision": subdivision})
    places = [*fact.places[:index], becomes, *fact.places[index + 1 :]]
    return PlaceCorrected(
        project_id=fact.project_id,
        country=fact.country,
        corrects=corrects,
        index=index,
        was=was,
        becomes=becomes,
        clusters=keys(fact.country, places),
        reason="the fund's own announcement says so",
    )
