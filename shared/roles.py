"""Who may do what: the table role x action as data, and the question to it. Nothing is open by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from types import MappingProxyType
from typing import Literal, get_args

from shared.errors import TramaError


class Role(StrEnum):
    """What a person or a machine is to the programme; the issuer says so in a claim."""

    COUNTRY_OFFICE = "country_office"
    EVALUATOR = "evaluator"
    COMMITTEE = "committee"
    SUPERVISOR = "supervisor"
    EXECUTING_AGENCY = "executing_agency"
    HEADQUARTERS = "headquarters"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Scope(StrEnum):
    """How far a permission reaches: everything, the caller's countries, or the caller's agency's projects."""

    ALL = "all"
    COUNTRY = "own country"
    AGENCY = "own agency"


Action = Literal[
    "proposal.submit", "proposal.revise", "proposal.withdraw", "proposal.read", "proposal.check",
    "person.write", "person.read", "person.erase",
    "review.read", "review.open", "proposal.approve", "proposal.reject", "proposal.return", "approval.register",
    "policy.read", "policy.backtest",
    "project.read", "activity.start", "activity.complete", "milestone.reach", "contribution.record",
    "contribution.certify", "result.achieve", "figure.correct", "project.cancel",
    "report.read", "stream.read",
    "parked.read", "parked.act", "store.verify", "reconcile.read", "projection.rebuild",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: what the action does, whether it changes anything, and how far each role reaches (absent: nowhere)."""

    says: str
    writes: bool
    cells: Mapping[Role, Scope]

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that may, in the table's order."""
        return tuple(role for role in Role if role in self.cells)


# one letter a role, in the order of `Role`: A all, C own country, G own agency, - not at all
_LETTERS = {"A": Scope.ALL, "C": Scope.COUNTRY, "G": Scope.AGENCY}
_ROWS: tuple[tuple[Action, str, str, bool], ...] = (
    # action                 o e c s x h p a   (office, evaluator, committee, supervisor, agency, hq, operator, auditor)
    ("proposal.submit",      "C - - - - - - -", "submit a proposal", True),
    ("proposal.revise",      "C - - - - - - -", "submit a new revision", True),
    ("proposal.withdraw",    "C - - - - - - -", "withdraw a proposal", True),
    ("proposal.read",        "C A A - - A - A", "read proposals and the reasons that came back", False),
    ("proposal.check",       "C A - - - A - -", "check a document without submitting it", False),
    ("person.write",         "C - - - - A - -", "add or change a person in the directory", True),
    ("person.read",          "C - - - - A - A", "read the directory of people", False),
    ("person.erase",         "C - - - - A - -", "erase a person from the directory", True),
    ("review.read",          "C A A - - A - A", "read classifications, screenings and decisions", False),
    ("review.open",          "- A A - - A - -", "ask for the lock of a revision, to decide on it", True),
    ("proposal.approve",     "- - A - - A - -", "approve a locked revision", True),
    ("proposal.reject",      "- - A - - A - -", "reject a locked revision", True),
    ("proposal.return",      "- - A - - A - -", "return a locked revision for changes", True),
    ("approval.register",    "- - - - - A - -", "register a historical approval", True),
    ("policy.read",          "A A A - - A - A", "read the selection policies", False),
    ("policy.backtest",      "- A A - - A - -", "try a policy on past proposals", False),
    ("project.read",         "C - A A G A - A", "read projects and their plans", False),
    ("activity.start",       "- - - A G - - -", "record that an activity started", True),
    ("activity.complete",    "- - - A G - - -", "record that an activity was completed", True),
    ("milestone.reach",      "- - - A G - - -", "record that a milestone was reached", True),
    ("contribution.record",  "- - - A G - - -", "record a contribution pledged or received", True),
    ("contribution.certify", "- - - A - - - -", "certify a contribution", True),
    ("result.achieve",       "- - - A G - - -", "record a result", True),
    ("figure.correct",       "- - - A - A - -", "correct a recorded figure, without erasing it", True),
    ("project.cancel",       "- - - - - A - -", "cancel a project", True),
    ("report.read",          "C A A A - A - A", "read reports and the figures behind them", False),
    ("stream.read",          "C A A - - A - A", "follow the streams to headquarters", False),
    ("parked.read",          "- - - - - - A A", "list and inspect parked events", False),
    ("parked.act",           "- - - - - - A -", "retry or skip a parked event", True),
    ("store.verify",         "- - - - - - A A", "prove a log's chain", False),
    ("reconcile.read",       "- - - - - - A A", "compare stores, topics and read models", False),
    ("projection.rebuild",   "- - - - - - A -", "rebuild a read model", True),
)  # fmt: skip


def _rule(cells: str, says: str, writes: bool) -> Rule:
    reach = zip(Role, cells.split(), strict=True)
    return Rule(says, writes, MappingProxyType({role: _LETTERS[letter] for role, letter in reach if letter != "-"}))


TABLE: Mapping[Action, Rule] = MappingProxyType({action: _rule(cells, says, w) for action, cells, says, w in _ROWS})


class Forbidden(TramaError):
    """The caller is known but may not do this; nothing was changed. `scoped`: the role may, but not there."""

    def __init__(self, action: Action, scoped: bool = False) -> None:
        super().__init__(f"{action}: allowed to {', '.join(TABLE[action].roles)}")
        self.action: Action = action
        self.scoped = scoped


@dataclass(frozen=True, slots=True)
class Reach:
    """What an action of a caller reaches: everything, some countries, an agency; nothing if all are empty."""

    everything: bool = False
    countries: frozenset[str] = frozenset()
    agency: str | None = None

    def covers(self, country: str | None = None, agency: str | None = None) -> bool:
        """Whether a thing of this country (ISO 3166-1 alpha-2) and agency is within reach."""
        return self.everything or country in self.countries or (agency is not None and agency == self.agency)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, from a verified token: an opaque subject, known roles, countries (alpha-2), and an agency if any.

    `expires` is when the token does, in seconds since 1970: what lasts longer than a request ends then.
    """

    subject: str
    roles: frozenset[Role] = frozenset()
    countries: frozenset[str] = frozenset()
    agency: str | None = None
    expires: float = field(default=inf, compare=False)

    def reach(self, action: Action) -> Reach:
        """How far the caller may go with an action, over all the roles held."""
        scopes = _scopes(self, action)
        return Reach(
            Scope.ALL in scopes,
            self.countries if Scope.COUNTRY in scopes else frozenset(),
            self.agency if Scope.AGENCY in scopes else None,
        )

    def may(self, action: Action, *, country: str | None = None, agency: str | None = None) -> bool:
        """Whether the caller may do this to a thing of this country and agency."""
        return self.reach(action).covers(country, agency)

    def require(self, action: Action, *, country: str | None = None, agency: str | None = None) -> None:
        """Raises `Forbidden` unless `may`."""
        if not self.may(action, country=country, agency=agency):
            raise Forbidden(action, scoped=permit(self, action) is not None)


def _scopes(caller: Caller, action: Action) -> set[Scope]:
    cells = TABLE[action].cells
    return {cells[role] for role in caller.roles if role in cells}


def permit(caller: Caller, action: Action) -> Scope | None:
    """The widest scope that the caller's roles give, None if none; for filtering by scope use `Caller.reach`."""
    scopes = _scopes(caller, action)
    return next((scope for scope in Scope if scope in scopes), None)


def table_rows() -> list[dict[str, str]]:
    """The table for people: per action its name, what it does, `writes` (yes or empty), and a cell per role."""
    return [
        {"action": action, "says": rule.says, "writes": "yes" if rule.writes else ""}
        | {role.value: rule.cells[role].value if role in rule.cells else "" for role in Role}
        for action, rule in TABLE.items()
    ]
