"""The money of a golden case: pledges, budget lines and tranches that follow from a few sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Any

Document = dict[str, Any]

PAYERS = {
    "firms": "beneficiary_firms",
    "agency": "executing_agency",
    "local government": "local_government",
    "others": "others",
}
MONEY = {
    "simple network": {"fund": "180000", "firms in cash": "60000", "agency in kind": "60000"},
    "complex network": {
        "fund": "300000",
        "firms in cash": "100000",
        "agency in cash": "50000",
        "others in kind": "50000",
    },
    "cluster": {"fund": "1200000", "firms in cash": "600000", "agency in cash": "300000", "others in kind": "300000"},
}
"""Who pays what if a case changes only the cost items; the shares are those of the examples or near them."""
ITEMS = {
    "simple network": {"promoter": "10", "group_articulator": "25", "joint_activities": "45", "administration": "20"},
    "complex network": {"group_articulator": "30", "feasibility_studies": "30", "technical_assistance": "40"},
    "cluster": {"strategic_planning": "10", "common_services": "60", "administration": "30"},
}
"""The cost items in percent if a case changes only the money."""
CENT = Decimal("0.01")


def settle(document: Document, base: str, money: Mapping[str, str] | None, items: Mapping[str, str] | None) -> None:
    """Pledges, lines and tranches for the sums in `money` (who pays what) and the percentages in `items`.

    Money says for example {"fund": "700", "firms in cash": "250", "others in kind": "50"}.
    """
    sums = {payer: Decimal(amount) for payer, amount in (money or MONEY[base]).items()}
    fund = sums.pop("fund")
    document["counterpart"] = [_pledge(f"C{i}", who, amount) for i, (who, amount) in enumerate(sums.items(), start=1)]
    payers = {"fund": fund}
    for who, amount in sums.items():
        payer = PAYERS[who.partition(" in ")[0]]
        payers[payer] = payers.get(payer, Decimal(0)) + amount
    year = int(document["term"]["start"][:4])
    shares = _amounts(sum(payers.values(), Decimal(0)), items or ITEMS[base])
    lines = [
        {"item": item, "year": year, "source": payer, "amount": f"{amount:f}"}
        for item, payer, amount in _spread(shares, payers)
    ]
    document["budget"] |= {"fund_amount": f"{fund:f}", "lines": lines, "tranches": _tranches(document, fund)}


def _pledge(name: str, who: str, amount: Decimal) -> Document:
    payer, _, kind = who.partition(" in ")
    pledge = {"id": name, "contributor": PAYERS[payer], "kind": "cash", "amount": f"{amount:f}"}
    return pledge | ({"kind": "in_kind", "valuation_method": "Market prices"} if kind == "kind" else {})


def _amounts(total: Decimal, percent: Mapping[str, str]) -> dict[str, Decimal]:
    """The amount per item, in cents; the last item takes what is left."""
    assert sum(map(Decimal, percent.values())) == 100, "the percentages of the cost items must add up to 100"
    amounts = {
        item: (total * Decimal(share) / 100).quantize(CENT, rounding=ROUND_FLOOR) for item, share in percent.items()
    }
    *_, last = amounts
    amounts[last] += total - sum(amounts.values())
    return amounts


def _spread(items: Mapping[str, Decimal], payers: Mapping[str, Decimal]) -> Iterator[tuple[str, str, Decimal]]:
    """Who pays how much of each item: the payers one after another, until each has paid what is theirs."""
    purses: list[tuple[str, Decimal]] = [(payer, amount) for payer, amount in payers.items() if amount]
    for item, amount in items.items():
        left = amount
        while left:
            payer, purse = purses[0]
            part = min(left, purse)
            yield item, payer, part
            left -= part
            purses[:1] = [(payer, purse - part)] if purse > part else []


def _tranches(document: Document, fund: Decimal) -> list[Document]:
    numbers = [tranche["number"] for tranche in document["budget"]["tranches"]]
    each = (fund / len(numbers)).quantize(CENT, rounding=ROUND_FLOOR)
    first = fund - each * (len(numbers) - 1)
    return [{"number": n, "amount": f"{each if n else first:f}"} for n in numbers]
