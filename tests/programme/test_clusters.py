"""Clusters as the reports count them: a key per place and sector that stays the same, whatever the spelling."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from shared.programme.clusters import clusters_of, is_nationwide, slug
from shared.programme.historical import HistoricalProject
from shared.programme.proposal import Locality
from shared.programme.text import Texts
from tests.programme.building import approved_projects, build


def place(name: str, subdivision: str | None = None, **sector: str) -> Locality:
    return Locality(name=name, subdivision=subdivision, sector=Texts(**(sector or {"es": "Muebles"})))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ropa interior", "ropa-interior"),
        ("Informática", "informatica"),
        ("  Cuero - calzado!  ", "cuero-calzado"),
        ("São João d'Aliança", "sao-joao-d-alianca"),
        ("ÑANDÚ", "nandu"),
        ("家具", ""),
        ("---", ""),
    ],
)
def test_a_slug_is_plain(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_the_approved_projects_clusters() -> None:
    """A nationwide project over several sectors has none; a town in a subdivision is not the subdivision."""
    keys = [[c.key for c in clusters_of(project.country, project.localities)] for project in approved_projects()]
    assert keys == [
        ["co-vac--agroindustria"],
        [],
        ["br-rj--ropa-interior", "br-pb-campina-grande--calzados", "br-pr--madera"],
        ["ar-x--productos-organicos-y-productos-regionales", "ar-x--muebles", "ar-x--informatica"],
        ["mx-gua--cuero-calzado", "mx-gua--ceramica-decorativa", "mx-gua--confeccion"],
    ]


@pytest.mark.parametrize(
    ("places", "keys"),
    [
        ([], []),
        ([place("Ubá", "BR-MG")], ["br-mg-uba--muebles"]),
        ([place("Minas Gerais", "BR-MG")], ["br-mg--muebles"]),
        ([place("Minas Gerais (MG)", "BR-MG")], ["br-mg--muebles"]),
        ([place("Ubá")], ["br-uba--muebles"]),
        ([place("UBA", "BR-MG"), place("Ubá", "BR-MG")], ["br-mg-uba--muebles"]),
        ([place("Ubá"), place("Rodeiro")], ["br-uba--muebles", "br-rodeiro--muebles"]),
        ([place("Todo o país")], []),
        ([place("Todo el país")], []),
        ([place("The whole country")], []),
        ([place("Ubá", pt="Móveis", en="Furniture")], ["br-uba--moveis"]),
        ([place("Ubá", en="Furniture")], ["br-uba--furniture"]),
        ([place("Ubá", es="Muebles", en="Furniture")], ["br-uba--muebles"]),
        ([place("家")], []),
        ([place("Ubá", es="家具")], ["br-uba--xe5aeb6e585b7"]),
    ],
)
def test_keys(places: list[Locality], keys: list[str]) -> None:
    assert [cluster.key for cluster in clusters_of("BR", places)] == keys


def test_a_key_stays_short_enough_to_ask_for_it_and_tells_long_texts_apart() -> None:
    whole, long = "a" * 100, "muebles de madera nativa " * 11
    assert [c.key for c in clusters_of("BR", [place("Ubá", es=whole)])] == [f"br-uba--{whole}"]
    places = [place(f"{long}{end}", "BR-MG", es=f"{sector}{long}") for end in "ab" for sector in ("", "家", "más ")]
    keys = {cluster.key for cluster in clusters_of("BR", places)}
    assert len(keys) == 4
    assert all(len(key) < 250 for key in keys)
    [unread] = clusters_of("BR", [place("Ubá", es="家" * 300)])
    assert len(unread.key) < 130
    assert all(re.fullmatch(r"br(-[a-z0-9]+)+--[a-z0-9]+(-[a-z0-9]+)*", key) for key in (*keys, unread.key))


@pytest.mark.parametrize(
    ("country", "where", "key"),
    [
        ("CO", place("Pará", "BR-PA"), "co-br-pa--muebles"),
        ("CO", place("Paragominas", "BR-PA"), "co-br-pa-paragominas--muebles"),
        ("BR", place("Pará", "BR-PA"), "br-pa--muebles"),
        ("CO", place("BR PA"), "co-br-pa--muebles"),
    ],
)
def test_no_two_countries_have_a_key_in_common(country: str, where: Locality, key: str) -> None:
    assert [cluster.key for cluster in clusters_of(country, [where])] == [key]


def test_a_past_project_lies_in_its_country() -> None:
    told = approved_projects()[2].model_dump(mode="json")
    assert told["country"] == "BR"
    told["localities"][1]["territory"] = {"name": "Valle", "subdivision": "CO-VAC"}
    told["localities"][2]["territory"] = {"name": "Valle"}
    with pytest.raises(ValidationError) as caught:
        HistoricalProject.model_validate(told)
    [error] = caught.value.errors()
    assert (error["type"], error["loc"]) == ("foreign_subdivision", ("localities", 1, "territory", "subdivision"))
    assert error["msg"] == "'CO-VAC' is not in BR: use a subdivision of the project's country, or leave it out"
    with pytest.raises(ValidationError) as caught:
        HistoricalProject.model_validate(told | {"country": "XX"})
    assert [error["loc"] for error in caught.value.errors()] == [("country",)]


def test_a_cluster_keeps_its_words() -> None:
    [cluster] = clusters_of("BR", build("cluster").places)
    assert (cluster.country, cluster.place) == ("BR", "Ubá")
    assert cluster.sector == {"pt": "Móveis", "en": "Furniture"}


@pytest.mark.parametrize(
    ("name", "subdivision", "nationwide"),
    [
        ("Todo el país", None, True),
        ("TODO EL PAIS", None, True),
        ("Nacional", None, True),
        ("nationwide", None, True),
        ("Brasil", None, True),
        ("BRAZIL", None, True),
        ("Todo o Brasil", None, True),
        ("Federative Republic of Brazil", None, True),
        ("Território nacional", None, True),
        ("Âmbito nacional", None, True),
        ("A nivel nacional", None, True),
        ("Todo o país (vários setores)", None, True),
        ("Brasil", "BR-DF", False),
        ("Brasilia", None, False),
        ("Nova Brasil", None, False),
        ("Colombia", None, False),
        ("Polo nacional de móveis", None, False),
        ("Todo", None, False),
        ("Todo el país", "BR-MG", False),
        ("País Vasco", None, False),
        ("Ubá", None, False),
    ],
)
def test_the_whole_country_is_no_locality(name: str, subdivision: str | None, nationwide: bool) -> None:
    assert is_nationwide(place(name, subdivision), "BR") is nationwide
