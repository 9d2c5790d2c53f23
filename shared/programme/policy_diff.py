"""What differs between two policies, in words, field by field."""

from __future__ import annotations

from collections.abc import Iterator

from shared.programme.policy import Policy
from shared.programme.rows import TYPOLOGIES
from shared.programme.words import LANGUAGES, Explanation, field_name, label, listed, say

_KINDS = dict.fromkeys(("outside", "uncertain", "unusual", "otherwise"), "verdict") | {"impact": "impact", "per": "per"}
_LISTS = {"usual": "typology", "effects": "effect"}
_SKIPPED = frozenset({"version", "effective", "hash", "title"})


def diff(old: Policy, new: Policy) -> list[Explanation]:
    """A sentence per field that was changed, added or removed, in three languages; an empty list if none was."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    sentences = []
    for path in dict.fromkeys([*before, *after]):
        was, becomes = before.get(path), after.get(path)
        if was == becomes:
            continue
        case = "added" if was is None else "removed" if becomes is None else "changed"
        words = {"before": _worded(path, was, old), "after": _worded(path, becomes, new)}
        sentences.append(say("policy", case, field=_field(path), **words))
    return sentences


def _leaves(policy: Policy) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in policy.model_dump(mode="json").items():
        if name not in _SKIPPED:
            yield from _walk((name,), value)


def _walk(path: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk((*path, str(key)), inner)
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield path, ", ".join(value)
    elif isinstance(value, list):
        for i, inner in enumerate(value, start=1):
            yield from _walk((*path, str(i)), inner)
    elif value is not None:
        yield path, _plain(str(value))


def _worded(path: tuple[str, ...], value: str | None, policy: Policy) -> Explanation | str | None:
    """A code by its name in words; any other value as it is."""
    if value is None:
        return None
    name = path[-1]
    if name == "origin" or name.endswith("_origin"):
        return policy.origins[value].all()
    if name == "criterion":
        return field_name(value)
    if name in _LISTS:
        codes = value.split(", ") if value else []
        return listed(_LISTS[name], codes) if codes else say("screening", "none")
    if path[0] == "promoters":
        return listed("promoter_kind", value.split(", "))
    if name == "signs":
        return {language: ", ".join(field_name(c)[language] for c in value.split(", ")) for language in LANGUAGES}
    kind = "cell" if path[:2] == ("results", "rows") and name in TYPOLOGIES else _KINDS.get(name)
    return label(kind, value) if kind else value


def _plain(text: str) -> str:
    """1.00 and 1.0 are the same bound: trailing zeros of a decimal are dropped."""
    number = text.replace(".", "", 1)
    return text.rstrip("0").rstrip(".") if "." in text and number.isdigit() else text


def _field(path: tuple[str, ...]) -> Explanation:
    return {language: " › ".join(field_name(step)[language] for step in path) for language in LANGUAGES}
