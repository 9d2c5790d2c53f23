"""Clusters as the reports count them: a place and a sector within a country.

A place that is the whole country has none: "a nationwide project over several sectors has none".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Protocol

import pycountry

from shared.programme.text import Part, Texts

# "todo el país" as the approved projects' source says it, and its like in the other languages
_NATIONWIDE = frozenset(
    ("todo-el-pais", "todo-o-pais", "whole-country", "the-whole-country", "nationwide", "nacional", "national")
)


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def subdivision(self) -> str | None: ...


class _Place(_Named, Protocol):
    @property
    def sector(self) -> Texts | Mapping[str, str]: ...


class ClusterKey(Part):
    """A cluster: `key` is stable and fit for a URL; `place` and `sector` are for people."""

    key: str
    country: str
    place: str
    sector: dict[str, str]


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits with hyphens between; '' if nothing of the text can be kept."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def clusters_of(country: str, places: Iterable[_Place]) -> list[ClusterKey]:
    """The clusters of a project's places, in their order, each once.

    The key is `<subdivision or country>[-<place>]--<sector>`, for example `br-rj--ropa-interior` where the place is the
    subdivision itself and `br-pb-campina-grande--calzados` where it is a town in it. The sector's slug is made from its
    first text among es, pt, en. Every key begins with the project's country: no two countries have one in common, even if
    a place says that it lies elsewhere.
    """
    found: dict[str, ClusterKey] = {}
    for place in places:
        sector = place.sector.given() if isinstance(place.sector, Texts) else dict(place.sector)
        first = next((sector[language] for language in ("es", "pt", "en") if language in sector), None)
        where = _where(country, place)
        if where is None or first is None:
            continue
        key = f"{where}--{slug(first) or 'x' + first.encode().hex()}"
        found.setdefault(key, ClusterKey(key=key, country=country, place=place.name, sector=sector))
    return list(found.values())


def owned(country: str, key: str) -> str:
    """`key` itself if it begins with the country, else with the country before it."""
    own = f"{country.lower()}-"
    return key if key.startswith(own) else own + key


def is_nationwide(place: _Named) -> bool:
    """Whether the place is the whole country, as its name says, and so no locality."""
    return place.subdivision is None and slug(place.name) in _NATIONWIDE


def _where(country: str, place: _Place) -> str | None:
    town = slug(re.sub(r"\(.*?\)", "", place.name))
    if place.subdivision is None:
        return None if is_nationwide(place) or not town else f"{country.lower()}-{town}"
    area = owned(country, place.subdivision.lower())
    official = pycountry.subdivisions.get(code=place.subdivision)  # type: ignore[no-untyped-call]
    return area if official is not None and slug(official.name) == town else f"{area}-{town}"
