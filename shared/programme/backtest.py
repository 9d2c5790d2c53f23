"""Past proposals under a changed policy: what would flip, which rule makes each flip, per country and typology.

Pure: nothing is written. It compares the rules' verdicts without putting them into words, so it is fast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from shared.programme.facts import Facts, facts_of
from shared.programme.findings import Verdict
from shared.programme.gates_typology import judge_checks
from shared.programme.historical import HistoricalProject
from shared.programme.past import PastProposal
from shared.programme.policy import Policy
from shared.programme.policy_typology import ClassificationRules
from shared.programme.proposal import Proposal
from shared.programme.rows import RowJudgement, judge_rows, maximum
from shared.programme.screen import typology_for, worst
from shared.programme.verdict import Outcome, decide


@dataclass(frozen=True, slots=True)
class Flip:
    """One thing that would turn out otherwise.

    `what` is `typology`, `screening` (the verdict of all checks) or `check:<code>`; `rules` are the rows or checks that
    made it flip: of those that changed, any that alone flips a typology so, else all. `classification` stands for the
    confidence and the number of rows asked for.
    """

    id: str
    country: str
    typology: str
    what: str
    before: str
    after: str
    rules: tuple[str, ...]


@dataclass(slots=True)
class Backtest:
    """The flips, how many proposals were tried, and counts of flips per (country, typology, what, before, after).

    `rules` counts the proposals that each rule makes flip, whatever flips with them.
    """

    tried: int = 0
    flips: list[Flip] = field(default_factory=list)
    counts: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Result:
    rows: list[RowJudgement]
    maxima: list[int]
    asked: ClassificationRules
    outcome: Outcome
    checks: dict[str, Verdict]


def backtest(
    past: Iterable[tuple[str, Proposal | PastProposal | HistoricalProject]], old: Policy, new: Policy
) -> Backtest:
    """Every past proposal, by its id, under both policies. `typology` in the flips is that under the old policy.

    Reading many is quickest with `shared.programme.past.past_of`.
    """
    result = Backtest()
    for name, source in past:
        result.tried += 1
        facts = facts_of(source)
        before, after = _judge(facts, old), _judge(facts, new)
        typology = before.outcome.typology or facts.declared or "unknown"
        named: set[str] = set()
        for what, was, becomes, rules in _flips(before, after):
            result.flips.append(Flip(name, source.country, typology, what, was, becomes, rules))
            result.counts[source.country, typology, what, was, becomes] += 1
            named.update(rules)
        result.rules.update(sorted(named))
    return result


def _judge(facts: Facts, policy: Policy) -> _Result:
    rows = judge_rows(facts, policy)
    maxima = [maximum(row.row, policy) for row in rows]
    outcome = decide(rows, maxima, policy.classification)
    checks = judge_checks(facts, policy, typology_for(facts.declared, outcome.typology))
    return _Result(rows, maxima, policy.classification, outcome, {check.code: check.verdict for check in checks})


def _blamed(before: _Result, after: _Result) -> tuple[str, ...]:
    """What changed and, put alone in the old one's place, makes the new typology; else all that changed."""
    changed = {
        f"row:{new.row}": _with_row(before, after, i)
        for i, (old, new) in enumerate(zip(before.rows, after.rows, strict=True))
        if (old.points, old.known, before.maxima[i]) != (new.points, new.known, after.maxima[i])
    }
    if _asked(before) != _asked(after):
        changed["classification"] = decide(before.rows, before.maxima, after.asked)
    alone = [rule for rule, outcome in changed.items() if outcome.typology == after.outcome.typology]
    return tuple(alone or changed)


def _with_row(before: _Result, after: _Result, at: int) -> Outcome:
    rows, maxima = list(before.rows), list(before.maxima)
    rows[at], maxima[at] = after.rows[at], after.maxima[at]
    return decide(rows, maxima, before.asked)


def _asked(result: _Result) -> tuple[Decimal, int]:
    return result.asked.minimum_confidence, result.asked.minimum_rows


def _flips(before: _Result, after: _Result) -> Iterable[tuple[str, str, str, tuple[str, ...]]]:
    if before.outcome.typology != after.outcome.typology:
        was, becomes = before.outcome.typology or "referred", after.outcome.typology or "referred"
        yield "typology", was, becomes, _blamed(before, after)
    changed = [
        code
        for code in dict.fromkeys([*before.checks, *after.checks])
        if before.checks.get(code) != after.checks.get(code)
    ]
    for code in changed:
        yield f"check:{code}", before.checks.get(code, "none"), after.checks.get(code, "none"), (f"check:{code}",)
    verdict, now = worst(before.checks.values()), worst(after.checks.values())
    if verdict != now:
        yield "screening", verdict, now, tuple(f"check:{code}" for code in changed)
