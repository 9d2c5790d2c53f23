"""Parts of a proposal from the words of a golden case: groups and their firms, counts, places, areas, results."""

from __future__ import annotations

import re

from tests.programme.building_money import Document

_SIZED = re.compile(r"(\d+) (micro|small|medium|large)(?: \(([^)]+)\))?")


def groups(document: Document, words: str | list[str]) -> None:
    """Each group is its number of firms, `?`, or sizes and roles as in "1 large (hotel), 6 small (grower)"."""
    found = []
    for g, text in enumerate([] if words == "none" else words, start=1):
        group: Document = {"name": f"Group {g}"}
        if text.isdigit():
            group["count"] = int(text)
        elif text != "?":
            group["firms"] = _firms(g, text)
        found.append(group)
    document["beneficiaries"]["groups"] = found


def _firms(group: int, text: str) -> list[Document]:
    firms: list[Document] = []
    for part in text.split(", "):
        match = _SIZED.fullmatch(part)
        assert match, f"{part!r} is no number of firms with a size"
        count, size, role = match.groups()
        for _ in range(int(count)):
            firm: Document = {"name": f"Firm {group}.{len(firms) + 1}", "size": size}
            firms.append(firm | ({"role": role} if role else {}))
    return firms


_COUNTS = re.compile(r"(\d+) of (\d+) here, (\d+) of (\d+) in the region")


def counts(document: Document, words: str) -> None:
    beneficiaries = document["beneficiaries"]
    known = beneficiaries.pop("specialisation", {"basis": "employment", "locality": "Here", "region": "Region"})
    if words == "none":
        return
    match = _COUNTS.fullmatch(words)
    assert match, f"{words!r} is not of the form {_COUNTS.pattern}"
    names = ("local_sector", "local_total", "region_sector", "region_total")
    beneficiaries["specialisation"] = known | dict(zip(names, map(int, match.groups()), strict=True))


def places(document: Document, words: str | dict[str, str]) -> None:
    """Each place with its population, `?` where it is not known."""
    found = []
    for name, population in {} if isinstance(words, str) else words.items():
        place: Document = {"name": name, "sector": {"es": "Sector"}}
        found.append(place | ({} if population == "?" else {"population": int(population)}))
    document["places"] = found


def areas(document: Document, words: list[str]) -> None:
    share, rest = divmod(100_000, len(words))
    shares = [share + rest, *[share] * (len(words) - 1)]
    document["support_areas"] = [
        {"code": code, "share": f"{thousandths / 1000:.3f}"} for code, thousandths in zip(words, shares, strict=True)
    ]


MEASURES: dict[str, Document] = {
    "measured": {"baseline": "10", "target": "20", "direction": "up"},
    "measures sales": {"baseline": "10", "target": "20", "direction": "up", "effect": "sales"},
    "measures cost": {"baseline": "10", "target": "8", "direction": "down", "effect": "cost"},
    "measures exports": {"baseline": "0", "target": "5", "direction": "up", "effect": "exports"},
    "measures jobs": {"baseline": "40", "target": "41", "direction": "up", "effect": "jobs"},
    "target at its baseline": {"baseline": "10", "target": "10", "direction": "up", "effect": "sales"},
    "target below its baseline": {"baseline": "10", "target": "9", "direction": "up", "effect": "sales"},
    "cost above its baseline": {"baseline": "10", "target": "11", "direction": "down", "effect": "cost"},
}


def results(document: Document, words: dict[str, str]) -> None:
    document["results"] = [
        {"code": code, "indicators": [] if how == "no indicator" else [_indicator(f"I{i}", how)]}
        for i, (code, how) in enumerate(words.items(), start=1)
    ]


def further_results(document: Document, words: dict[str, str]) -> None:
    for code, how in words.items():
        name = f"F{len(document['results'])}"
        document["results"].append({"code": code, "indicators": [_indicator(name, how)]})


def _indicator(name: str, how: str) -> Document:
    dates = {"baseline_date": "2026-12-31", "target_date": "2029-06-30"}
    return {"id": name, "name": f"Indicator {name}", "unit": "unit", **dates, **MEASURES[how]}
