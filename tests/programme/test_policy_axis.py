"""The words of the strategic axis: whole words, any case or accent, three languages, and never a denied one."""

from __future__ import annotations

import time

import pytest

from shared.programme.axis import Heard, hear, plain, words_of

AXES = (
    ("confianza", "confiança", "trust"),
    ("rentab*", "rentáve*", "profitab*", "lucrativ*"),
    ("visión territorial", "visión compartida", "visão territorial", "visão compartilhada", "shared vision"),
)


def axes_of(text: str) -> list[str]:
    return [
        name
        for name, it in zip(("trust", "profitability", "vision"), hear(text, AXES), strict=True)
        if it.word is not None
    ]


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("Construir confianza entre los productores.", ["trust"]),
        ("CONFIANÇA entre as empresas", ["trust"]),
        ("confianca e rentabilidade do negócio coletivo", ["trust", "profitability"]),
        ("Um negócio rentável", ["profitability"]),
        ("Build trust among the firms", ["trust"]),
        ("Una visión compartida del territorio", ["vision"]),
        ("Uma visão\n territorial compartilhada", ["vision"]),
        ("Vision  Territorial", ["vision"]),
        # no part of another word
        ("La desconfianza entre vecinos", []),
        ("entrust and mistrust", []),
        ("antirrentabilidad", []),
        ("revisión territorial", []),
        ("confianzudo", []),
        # denied before
        ("No buscamos rentabilidad", []),
        ("no buscamos rentabilidad, sino confianza", ["trust"]),
        ("sem confiança", []),
        ("Sin confianza ni rentabilidad", []),
        ("not trust", []),
        ("The aim is not profitability but trust", ["trust"]),
        ("We don't seek profitability", []),
        ("Não queremos rentabilidade", []),
        ("Falta confianza entre las empresas", []),
        ("A lack of trust", []),
        ("No es un proyecto que busque la rentabilidad", []),
        ("tampoco visión compartida", []),
        # denied after
        ("La rentabilidad del negocio no es el fin", []),
        ("A rentabilidade não é o objetivo", []),
        ("Profitability is not the aim", []),
        ("Profitability isn't the aim; trust is", ["trust"]),
        # what looks like a denial and is none
        ("No solo rentabilidad, también confianza", ["trust", "profitability"]),
        ("Não apenas rentabilidade", ["profitability"]),
        ("Not only trust", ["trust"]),
        ("Sin duda, la confianza", ["trust"]),
        ("No hay crédito. La confianza es el eje", ["trust"]),
        ("Hace falta confianza", ["trust"]),
        ("Confianza entre empresas que no se conocen", ["trust"]),
        ("trust, not volume", ["trust"]),
        ("Construir no território uma visão compartilhada", ["vision"]),
        # one mention that is not denied is enough
        ("Sin confianza no hay red: construimos confianza", ["trust"]),
        # at the edges of a rule
        ("trustworthy firms", []),
        ("trustworthy trust", ["trust"]),
        ("visionaria territorial", []),
        ("una visión", []),
        ("Confianza sí, rentabilidad no", ["trust"]),
        ("Confianza y rentabilidad no es lo mismo", ["trust"]),
        ("La rentabilidad del grupo no", ["profitability"]),
        ("La rentabilidad del negocio no es", []),
        ("Profitability isn't only", ["profitability"]),
        ("Trust isn’t the aim", []),
        ("We don’t seek profitability", []),
        ("Trust cannot be the aim", []),
        ("Trust among firms cannot grow", []),
        ("Confianza pero no es fácil", ["trust"]),
        ("Confianza, no es fácil", ["trust"]),
        ("No queremos tener siempre mucha gran enorme confianza", []),
        ("No queremos tener siempre mucha gran enorme buena confianza", ["trust"]),
        ("Queremos que todas las empresas de la zona ganen confianza", ["trust"]),
        ("Confianza para quien no tiene tampoco", ["trust"]),
        ("Falta la confianza que hace", []),
        ("No território, visão compartilhada", ["vision"]),
        ("No polo, padrões e rentabilidade", ["profitability"]),
        ("No preço, rentabilidade", ["profitability"]),
        ("No mercado, rentabilidad", []),
        # Portuguese "no" is "in the"; few words may have to tell the language
        ("Foco no negócio coletivo rentável", ["profitability"]),
        ("Foco en el negocio colectivo rentable", ["profitability"]),
        ("Confiança no consórcio", ["trust"]),
        ("Investir no lhano trato e na confiança", ["trust"]),
        ("Entrar no mercado com rentabilidade", ["profitability"]),
        ("No buscar rentabilidad", []),
        # denied by other words; these do not reach over a comma
        ("Nada de rentabilidad", []),
        ("Evitar la rentabilidad", []),
        ("Un proyecto poco rentable", []),
        ("Um projeto pouco rentável", []),
        ("En lugar de rentabilidad, confianza", ["trust"]),
        ("En vez de rentabilidad, confianza", ["trust"]),
        ("Ao invés de rentabilidade, confiança", ["trust"]),
        ("Trust instead of profitability", ["trust"]),
        ("Trust rather than profitability", ["trust"]),
        ("No volumen, but rather trust", ["trust"]),
        ("Ganar poco a poco confianza", ["trust"]),
        ("Pouco a pouco, confiança", ["trust"]),
        ("Little by little trust grows", ["trust"]),
        ("Little trust", []),
        # only what stands in the same sentence counts
        ("No hay crédito ni mercado. Confianza", ["trust"]),
        ("Confianza. No es fácil", ["trust"]),
        ("Una red de 1.5 km. No hay rentabilidad; hay confianza", ["trust"]),
        ("", []),
        ("...", []),
    ],
)
def test_an_axis_is_told_by_its_words(text: str, axes: list[str]) -> None:
    assert axes_of(text) == axes


def test_the_words_are_given_back_as_written() -> None:
    """What is shown to a person is the proposal's own spelling; a denied word is told apart."""
    assert hear("La Rentabilidad, SIN  confianza", AXES) == (
        Heard(denied="confianza"),
        Heard(word="Rentabilidad"),
        Heard(),
    )


@pytest.mark.parametrize("text", ["Apostar no lucrativo mercado regional", "No lucrativo"])
def test_a_denial_in_a_language_that_cant_be_told_is_left_to_a_person(text: str) -> None:
    """ "No" denies in Spanish and is "in the" in Portuguese: neither counted nor called denied."""
    assert hear(text, AXES)[1] == Heard()


def test_a_long_text_is_read_quickly() -> None:
    """10,000 characters without a word of an axis cost no more than a look for one."""
    text = "Las empresas del territorio mejoran la calidad, el diseño y la gestión de sus compras. " * 115
    started = time.process_time()
    for i in range(50):
        assert hear(f"{text}{i}", AXES) == (Heard(),) * 3
    assert time.process_time() - started < 0.25


def test_a_phrase_is_given_back_with_single_spaces() -> None:
    assert hear("La  Visión\nTerritorial", AXES)[2] == Heard(word="Visión Territorial")


def test_decomposed_accents_are_the_same_text() -> None:
    assert axes_of("visio\u0301n compartida") == ["vision"]


def test_plain_drops_accents_and_case() -> None:
    assert (plain("Ação"), plain("TRUST")) == ("acao", "trust")


@pytest.mark.parametrize(
    ("phrase", "pattern"),
    [
        ("Visión común", (("vision", "comun"), False)),
        ("rentab* ", (("rentab",), True)),
        ("*", None),
        (" - ", None),
        ("a", (("a",), False)),
    ],
)
def test_a_phrase_is_read_word_by_word(phrase: str, pattern: object) -> None:
    assert words_of(phrase) == pattern
