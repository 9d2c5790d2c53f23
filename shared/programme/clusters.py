"""Clusters as the reports count them: a place and a sector within a country.

A place that is the whole country has none: "a nationwide project over several sectors has none".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from typing import Protocol

import pycountry
from babel import Locale

from shared.programme.text import Part, Texts

# "todo el país" as the approved projects' source says it, and its like: these words beside the country or its name
_AROUND = {"todo", "toda", "all", "whole", "entire", "across", "throughout", "over", "nivel", "level", "ambito"} | {
    *("alcance", "escala", "scope", "scale", "cobertura", "coverage", "territorio", "territory"),
    *("el", "la", "o", "a", "os", "as", "the", "en", "em", "in", "at", "de", "do", "da", "del", "of"),
}
_COUNTRY = {"pais", "country", "nacional", "national", "nationwide", "countrywide"}
_NAMED_IN = ("es", "pt", "en")
LONGEST = 100
"""Characters that a key takes from one text: it is part of URLs."""


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
    first text among es, pt, en. What is longer than `LONGEST` is cut, and told apart by a hash at its end. Every key
    begins with the project's country: no two countries have one in common, even if a place says that it lies elsewhere.
    """
    found: dict[str, ClusterKey] = {}
    for place in places:
        sector = place.sector.given() if isinstance(place.sector, Texts) else dict(place.sector)
        first = next((sector[language] for language in ("es", "pt", "en") if language in sector), None)
        where = _where(country, place)
        if where is None or first is None:
            continue
        key = f"{where}--{_short(slug(first) or 'x' + first.encode().hex())}"
        found.setdefault(key, ClusterKey(key=key, country=country, place=place.name, sector=sector))
    return list(found.values())


def owned(country: str, key: str) -> str:
    """`key` itself if it begins with the country, else with the country before it."""
    own = f"{country.lower()}-"
    return key if key.startswith(own) else own + key


def is_nationwide(place: _Named, country: str) -> bool:
    """Whether the place is the whole country, as its name says, and so no locality: "todo o país", "Brasil".

    A place with a subdivision never is: it tells a capital from the country that it gives its name to.
    """
    if place.subdivision is not None:
        return False
    words = _telling(_without_notes(place.name))
    return (len(words) == 1 and words <= _COUNTRY) or words in _names(country)


def _without_notes(name: str) -> str:
    return re.sub(r"\(.*?\)", "", name)


def _telling(name: str) -> frozenset[str]:
    return frozenset(slug(name).split("-")) - _AROUND


@cache
def _names(country: str) -> frozenset[frozenset[str]]:
    """The names of a country in the programme's languages, as sets of words."""
    entry = pycountry.countries.get(alpha_2=country)
    known = [getattr(entry, name, "") for name in ("name", "official_name", "common_name")]
    spoken = [Locale(language).territories.get(country, "") for language in _NAMED_IN]
    return frozenset(words for name in (*known, *spoken) if name and (words := _telling(name)))


def _short(text: str) -> str:
    """The slug itself, or its beginning and the first 8 hex digits of its SHA-256."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST].rstrip('-')}-{sha256(text.encode()).hexdigest()[:8]}"


def _where(country: str, place: _Place) -> str | None:
    town = slug(_without_notes(place.name))
    if place.subdivision is None:
        return None if is_nationwide(place, country) or not town else f"{country.lower()}-{_short(town)}"
    area = owned(country, place.subdivision.lower())
    official = pycountry.subdivisions.get(code=place.subdivision)  # type: ignore[no-untyped-call]
    return area if official is not None and slug(official.name) == town else f"{area}-{_short(town)}"
