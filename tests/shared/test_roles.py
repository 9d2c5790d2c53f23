"""The table role x action, every cell of it."""

import pytest

from shared.roles import ACTIONS, TABLE, Action, Caller, Forbidden, Reach, Role, Scope, permit, table_rows

DECISIONS = ("proposal.approve", "proposal.reject", "proposal.return")
HOME, AGENCY = "CO", "agency-1"


def caller(role: Role) -> Caller:
    return Caller("someone", frozenset({role}), frozenset({HOME}), AGENCY)


def test_every_action_has_one_row() -> None:
    assert tuple(TABLE) == ACTIONS


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", ACTIONS)
def test_a_cell_reaches_as_far_as_it_says(action: Action, role: Role) -> None:
    scope, who = TABLE[action].cells.get(role), caller(role)
    assert permit(who, action) == scope
    assert who.may(action, country="BR", agency="other") == (scope is Scope.ALL)
    assert who.may(action, country=HOME) == (scope in (Scope.ALL, Scope.COUNTRY))
    assert who.may(action, agency=AGENCY) == (scope in (Scope.ALL, Scope.AGENCY))
    assert who.may(action) == (scope is Scope.ALL)


@pytest.mark.parametrize("action", ACTIONS)
def test_without_a_role_nothing_is_open(action: Action) -> None:
    nobody = Caller("someone", frozenset(), frozenset({HOME}), AGENCY)
    assert permit(nobody, action) is None
    assert not nobody.may(action, country=HOME, agency=AGENCY)


@pytest.mark.parametrize("role", [Role.COUNTRY_OFFICE, Role.EXECUTING_AGENCY])
def test_a_scope_without_claims_reaches_nothing(role: Role) -> None:
    bare = Caller("someone", frozenset({role}))
    scoped = [action for action in ACTIONS if TABLE[action].cells.get(role) is not Scope.ALL]
    assert not any(bare.may(action, country=c, agency=a) for action in scoped for c in (None, HOME) for a in (None, ""))


def test_roles_add_up() -> None:
    both = Caller("x", frozenset({Role.COUNTRY_OFFICE, Role.EXECUTING_AGENCY}), frozenset({HOME}), AGENCY)
    assert both.may("project.read", country=HOME)
    assert both.may("project.read", country="BR", agency=AGENCY)
    assert not both.may("project.read", country="BR", agency="other")
    reach = both.reach("project.read")
    assert reach == Reach(False, frozenset({HOME}), AGENCY)


def test_the_auditor_writes_nothing_and_the_operator_does_no_business() -> None:
    writes = {action: rule.roles for action, rule in TABLE.items() if rule.writes}
    assert not any(Role.AUDITOR in roles for roles in writes.values())
    operated = {action for action, rule in TABLE.items() if Role.OPERATOR in rule.cells}
    assert operated == {"parked.read", "parked.act", "store.verify", "reconcile.read", "projection.rebuild"}


def test_the_auditor_reads_everything() -> None:
    reading = [a for a in ACTIONS if a.endswith(".read") or a == "store.verify"]
    assert all(TABLE[a].cells.get(Role.AUDITOR) is Scope.ALL for a in reading)


def test_only_the_supervisor_certifies() -> None:
    assert TABLE["contribution.certify"].roles == (Role.SUPERVISOR,)


def test_whoever_decides_may_open_a_review_and_an_evaluator_prepares_it() -> None:
    deciding = set(TABLE["proposal.approve"].roles)
    assert set(TABLE["review.open"].roles) == deciding | {Role.EVALUATOR}
    assert all(set(TABLE[action].roles) == deciding for action in ACTIONS if action in DECISIONS)


def test_require_says_whether_it_was_the_place() -> None:
    with pytest.raises(Forbidden) as elsewhere:
        caller(Role.COUNTRY_OFFICE).require("proposal.submit", country="BR")
    with pytest.raises(Forbidden) as never:
        caller(Role.AUDITOR).require("proposal.submit", country=HOME)
    assert (elsewhere.value.scoped, never.value.scoped) == (True, False)


def test_the_rendered_table_holds_every_cell() -> None:
    rows = {row["action"]: row for row in table_rows()}
    assert rows["proposal.submit"]["country_office"] == "own country"
    assert rows["activity.start"]["executing_agency"] == "own agency"
    assert rows["proposal.submit"]["auditor"] == ""
    assert rows["proposal.submit"]["writes"] == "yes"
    assert set(rows) == set(ACTIONS)
