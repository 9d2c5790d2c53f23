"""The facts that the rules look at, taken out of a proposal or a historical project once.

None means that the source does not say. A submitted proposal is complete, so an empty list there says that there are
none; a historical project says only what its source says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from shared.programme.clusters import is_nationwide, slug
from shared.programme.historical import HistoricalProject
from shared.programme.parties import Executed
from shared.programme.past import PastExecuted, PastIndicator, PastLine, PastPlace, PastProposal
from shared.programme.proposal import BudgetLine, Group, Indicator, Locality, Proposal, Specialisation
from shared.programme.vocabulary import Effect, Orientation, PromoterKind, ResultCode, Typology

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """The money of a proposal in its own currency: totals of the counterpart, of its cash, of the firms' part.

    A historical source tells neither cash from kind nor the firms' part.
    """

    currency: str
    fund: Decimal
    counterpart: Decimal
    cash: Decimal | None
    firms: Decimal | None

    @property
    def total(self) -> Decimal:
        """The fund's money and the counterpart."""
        return self.fund + self.counterpart


@dataclass(frozen=True, slots=True)
class Promised:
    """A promised result: whether an indicator's target improves on its baseline, and the effects so measured.

    `unsaid`: one that improves does not say which effect it measures, so it may be any.
    """

    code: ResultCode
    improves: bool
    measured: tuple[Effect, ...]
    unsaid: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known; `sizes` has the number of firms per group, None for a group that does not say.

    `groups` are the groups with their firms, for the orientation, which no policy changes: a lean reading
    (`shared.programme.past`) leaves them out.
    """

    declared: Typology | None = None
    orientation: Orientation | None = None
    promoter: PromoterKind | None = None
    groups: tuple[Group, ...] | None = None
    sizes: tuple[int | None, ...] | None = None
    firms: int | None = None
    association: str | None = None
    specialisation: Specialisation | None = None
    places: int | None = None
    population: int | None = None
    population_at: str | None = None
    areas: tuple[str, ...] | None = None
    results: tuple[Promised, ...] | None = None
    items: dict[str, Decimal] | None = None
    item_lines: dict[str, list[str]] = field(default_factory=dict)
    money: Money | None = None
    months: int | None = None
    axis: str | None = None
    sme_projects: int | None = None
    network_projects: int | None = None
    executed_projects: int | None = None
    local_entities: int | None = None
    national_entities: int | None = None


def facts_of(source: Proposal | PastProposal | HistoricalProject) -> Facts:
    """What a proposal, or a historical project, says."""
    if isinstance(source, HistoricalProject):
        return _historical(source)
    facts = _proposal(source)
    return replace(facts, groups=tuple(source.beneficiaries.groups)) if isinstance(source, Proposal) else facts


def _historical(project: HistoricalProject) -> Facts:
    localities = sum(not is_nationwide(place, project.country) for place in project.localities)
    return Facts(declared=project.typology, firms=project.firms, places=localities or None, money=_totals(project))


def _totals(project: HistoricalProject) -> Money | None:
    """The fund's money and the counterpart, if the source gives both in one currency."""
    fund, counterpart = project.fund_amount, project.counterpart_amount
    if fund is None or counterpart is None or fund.currency != counterpart.currency:
        return None
    return Money(fund.currency, fund.value, counterpart.value, cash=None, firms=None)


def _proposal(p: Proposal | PastProposal) -> Facts:
    beneficiaries, agency = p.beneficiaries, p.executing_agency
    scopes = [entity.scope for entity in p.entities]
    items, lines = _items(p)
    population, at = _population(p.places, beneficiaries.specialisation)
    return Facts(
        declared=p.declared_typology,
        orientation=p.orientation,
        promoter=p.promoter.kind,
        sizes=tuple(len(group.firms) or group.count for group in beneficiaries.groups),
        firms=beneficiaries.firms,
        association=beneficiaries.trade_association,
        specialisation=beneficiaries.specialisation,
        places=sum(not is_nationwide(place, p.country) for place in p.places),
        population=population,
        population_at=at,
        areas=tuple(area.code for area in p.support_areas),
        results=tuple(Promised(result.code, *_improving(result.indicators)) for result in p.results),
        items=items,
        item_lines=lines,
        money=_money(p),
        months=p.term.months,
        axis=p.strategic_axis,
        sme_projects=len(agency.sme_projects),
        network_projects=len(agency.network_projects),
        executed_projects=len({_executed(project) for project in (*agency.sme_projects, *agency.network_projects)}),
        local_entities=scopes.count("local"),
        national_entities=scopes.count("national"),
    )


def _executed(project: Executed | PastExecuted) -> tuple[str, int, int]:
    """What tells a project: a network project may stand in the list of those with small firms too."""
    return " ".join(project.title.casefold().split()), project.first_year, project.last_year


def _improving(indicators: Sequence[Indicator | PastIndicator]) -> tuple[bool, tuple[Effect, ...], bool]:
    """Whether any target improves on its baseline, the effects that those indicators measure, and if one says none."""
    improving = [i for i in indicators if (i.target > i.baseline if i.direction == "up" else i.target < i.baseline)]
    effects = [i.effect for i in improving]
    return bool(improving), tuple(effect for effect in effects if effect is not None), None in effects


def _items(p: Proposal | PastProposal) -> tuple[dict[str, Decimal], dict[str, list[str]]]:
    """The amount per cost item, and the pointers to its lines."""
    items: dict[str, Decimal] = {}
    lines: dict[str, list[str]] = {}
    given: Sequence[BudgetLine | PastLine] = p.budget.lines
    for i, line in enumerate(given):
        items[line.item] = items.get(line.item, ZERO) + line.amount
        lines.setdefault(line.item, []).append(f"/budget/lines/{i}")
    return items, lines


def _money(p: Proposal | PastProposal) -> Money:
    pledges = p.counterpart
    return Money(
        currency=p.budget.currency,
        fund=p.budget.fund_amount,
        counterpart=sum((c.amount for c in pledges), ZERO),
        cash=sum((c.amount for c in pledges if c.kind == "cash"), ZERO),
        firms=sum((c.amount for c in pledges if c.contributor == "beneficiary_firms"), ZERO),
    )


def _population(places: Sequence[Locality | PastPlace], counts: Specialisation | None) -> tuple[int | None, str | None]:
    """The population of the locality that the location quotient is about, and where it stands.

    It is told by its name, without regard to case or accents; the only place may have it in its own ("Polo de Ubá").
    """
    if counts is None:
        return None, None
    wanted, names = slug(counts.locality), [slug(place.name) for place in places]
    if len(names) == 1 and f"-{wanted}-" in f"-{names[0]}-":
        names = [wanted]
    if not wanted or wanted not in names:
        return None, None
    at = names.index(wanted)
    return places[at].population, f"/places/{at}/population"
