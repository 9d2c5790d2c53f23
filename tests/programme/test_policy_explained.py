"""What a person reads of a classification: each point, each orientation, and why a person decides, word by word."""

from __future__ import annotations

import pytest

from shared.programme.classify import classify
from tests.programme.building import Change, build, default_policy, with_points
from tests.programme.golden import cases


def explained(base: str, change: Change | None = None) -> dict[str, str]:
    found = classify(build(base, change), default_policy())
    return {row.row: row.explanation["en"] for row in found.rows}


def test_a_simple_network_is_explained() -> None:
    assert explained("simple network") == {
        "promoter": "The promoter is a promotion agency for small firms, as is typical of a simple network.",
        "firms": "Only the 16 firms of 2 groups benefit, a number typical of a simple network. "
        "The groups are small (firms per group: 8, 8), as in a complex network.",
        "impacts": "The results are limited in the typology's sense (Lower costs through joint purchasing of large "
        "volumes of inputs; Joint commercial promotion (catalogue, trade fairs); Access to specialised advice by "
        "hiring experts for the group): technology and routines are hardly transformed.",
        "cost_items": "10 % of the budget is for “promoter”, typical of a simple network. "
        "26.6 % of the budget is for “group articulator”, typical of networks. "
        "41.6 % of the budget is for “co-financing of joint activities”, typical of a simple network.",
        "term": "30 months fit the term of a simple network. 30 months fit the term of a complex network.",
        "territory": "It says where it takes place (2 localities), but does not work on the territory itself.",
        "axis": "The axis speaks of trust among the firms (“confianza”), typical of a simple network.",
    }


def test_a_cluster_is_explained() -> None:
    rows = explained("cluster")
    assert rows["firms"] == "The firms of the sector in the locality benefit (their number: 310), as in a cluster."
    assert rows["territory"] == "The territory is fundamental: the locality is compared with its region."
    assert rows["impacts"].endswith("secondary education, etc): they benefit all firms of the locality.")


@pytest.mark.parametrize(
    ("base", "change", "row", "says"),
    [
        ("simple network", {"groups": ["10"]}, "firms", "Only the 10 firms of 1 group benefit"),
        ("cluster", {"sector firms": "none"}, "firms", "(their number: unknown), as in a cluster."),
        ("simple network", {"promoter": "other"}, "promoter", "“other entity”, typical of no typology"),
        ("simple network", {"months": "12"}, "term", "12 months fit the term of no typology."),
        ("simple network", {"places": "none"}, "territory", "It names no locality"),
        (
            "simple network",
            {"areas": ["1.1", "1.4"]},
            "territory",
            "works in area 1.4 (local institutional capacity",
        ),
        ("simple network", {"axis": "Exportar"}, "axis", "match none that is known; a person reads them"),
        ("simple network", {"axis": "Sin confianza"}, "axis", "names “confianza” only to deny it; a person reads it"),
        ("simple network", {"cost items": {"other": "100"}}, "cost_items", "No main item of the budget is typical"),
    ],
)
def test_a_row_says_its_fact(base: str, change: Change, row: str, says: str) -> None:
    assert says in explained(base, change)[row]


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ({"promoter": "5", "other": "95"}, "5 % of the budget is for “promoter”"),
        ({"promoter": "4.99", "other": "95.01"}, "No main item of the budget is typical of one typology."),
        ({"promoter": "4.95", "other": "95.05"}, "No main item of the budget is typical of one typology."),
    ],
)
def test_an_item_is_a_main_one_from_its_bound_on(items: dict[str, str], says: str) -> None:
    """The bound is 5 %."""
    assert says in explained("simple network", {"cost items": items})["cost_items"]


def test_a_row_that_is_not_known_says_so() -> None:
    [case] = [case for case in cases() if case.id == "approved-co-2000"]
    found = classify(case.source, default_policy())
    rows = {row.row: row.explanation for row in found.rows}
    territory = rows.pop("territory")  # that there is a locality is stated
    assert territory["es"].startswith("Hay localidades, pero no consta si el proyecto trabaja sobre el territorio")
    assert {text["en"] for text in rows.values()} == {"It is not stated; this row gives no points."}
    assert {text["es"] for text in rows.values()} == {"No consta; esta fila no da puntos."}


def test_firms_of_which_nobody_benefits_or_is_grouped_say_so() -> None:
    """A number is stated in both, so "not stated" would be untrue."""
    assert "is 0" in explained("cluster", {"sector firms": "0"})["firms"]
    assert "not their groups" in explained("simple network", {"groups": "none", "sector firms": "15"})["firms"]


def test_every_row_says_where_its_points_come_from() -> None:
    for row in classify(build("cluster"), default_policy()).rows:
        assert row.origin == "default"
        assert row.origin_texts == default_policy().origins["default"].all()


@pytest.mark.parametrize(
    ("points", "language", "says"),
    [
        ("1, 1, 1", "es", "Empate con 8 puntos (red sencilla; red compleja; cluster): lo decide una persona."),
        ("1, 1, 0", "pt", "Empate com 8 pontos (rede simples; rede complexa): uma pessoa decide."),
        ("0, 1, 1", "en", "A tie at 8 points (complex network; cluster): a person decides."),
        ("1, 0, 1", "en", "A tie at 8 points (simple network; cluster): a person decides."),
        ("0, 0, 0", "en", "The facts give points to no typology: a person decides."),
    ],
)
def test_a_tie_names_all_that_tie(points: str, language: str, says: str) -> None:
    """Every answer gives the same points; the cluster's seven rows have eight answers."""
    found = classify(build("cluster"), with_points(*map(int, points.split(", "))))
    assert found.typology is None
    assert found.referred is not None
    assert found.referred[language] == says


@pytest.mark.parametrize(
    ("name", "language", "says"),
    [
        (
            "lead-1-of-21",
            "en",
            "The typology “complex network” leads “simple network” by 1 of 21 points, a confidence of 0.0476, "
            "below 0.10: a person decides.",
        ),
        (
            "lead-2-of-21",
            "es",
            "La tipología «red sencilla» aventaja a «red compleja» por 2 de 21 puntos, una confianza de 0.0952, "
            "menor que 0.10: lo decide una persona.",
        ),
        (
            "approved-co-2000",
            "pt",
            "Das linhas da tipologia conhecem-se 0, e são necessárias 4: uma pessoa decide.",
        ),
    ],
)
def test_a_referral_says_fact_and_bound(name: str, language: str, says: str) -> None:
    [case] = [case for case in cases() if case.id == name]
    found = classify(case.source, default_policy())
    assert found.referred is not None
    assert found.referred[language] == says


def test_a_mismatch_says_both() -> None:
    found = classify(build("simple network", {"declared": "cluster", "orientation": "none"}), default_policy())
    assert found.mismatch_explanation is not None
    assert found.mismatch_explanation["en"].startswith(
        "Declared as cluster, and the facts point to simple network. What was declared is not changed"
    )


def test_a_cluster_has_no_orientation_and_a_network_has_three_rows() -> None:
    cluster = classify(build("cluster"), default_policy())
    assert (cluster.orientation, cluster.orientation_rows, cluster.orientation_mismatch) == (None, [], False)
    network = classify(build("simple network", {"orientation": "vertical"}), default_policy())
    assert (network.orientation, network.orientation_declared, network.orientation_mismatch) == (
        "horizontal",
        "vertical",
        True,
    )
    assert [row.row for row in network.orientation_rows] == ["sizes", "stages", "relation"]


def test_an_orientation_that_was_not_declared_is_no_mismatch() -> None:
    found = classify(build("simple network", {"orientation": "none"}), default_policy())
    assert (found.orientation, found.orientation_declared, found.orientation_mismatch) == ("horizontal", None, False)
