"""What a value of the programme's documents must be, in es, pt, en: the rules of `shared.programme.text`, as data."""

from __future__ import annotations

from collections.abc import Mapping

Texts = tuple[tuple[str, str], tuple[str, str], tuple[str, str]]
"""What is wrong and what to do, in es, pt, en."""

VALUE_RULES: Mapping[str, Texts] = {
    "control_character": (
        ("lleva el carácter de control U+{code}", "quítelo"),
        ("contém o caractere de controle U+{code}", "retire-o"),
        ("holds the control character U+{code}", "remove it"),
    ),
    "empty_text": (
        ("está vacío", "escriba algo, o no mande el campo"),
        ("está vazio", "escreva algo, ou omita o campo"),
        ("is empty", "write something, or leave the field out"),
    ),
    "line_break": (
        ("lleva un salto de línea o una tabulación", "escríbalo en una sola línea"),
        ("contém uma quebra de linha ou uma tabulação", "escreva-o em uma só linha"),
        ("holds a line break or a tab", "write it on one line"),
    ),
    "inexact_number": (
        ("es un número de coma flotante, que no es exacto", 'escríbalo como texto: "1234.50"'),
        ("é um número de ponto flutuante, que não é exato", 'escreva-o como texto: "1234.50"'),
        ("is a floating-point number, which is not exact", 'write it as text, such as "1234.50"'),
    ),
    "plain_decimal": (
        ("no es un número decimal simple", 'escriba cifras y a lo sumo un punto: "1234.50"'),
        ("não é um número decimal simples", 'escreva algarismos e no máximo um ponto: "1234.50"'),
        ("is no plain decimal number", 'write digits and at most one point, such as "1234.50"'),
    ),
    "country_code": (
        ("{code} no es un código de país ISO 3166-1", "use dos letras mayúsculas, como CO"),
        ("{code} não é um código de país ISO 3166-1", "use duas letras maiúsculas, como CO"),
        ("{code} is no ISO 3166-1 country code", "use two capital letters such as CO"),
    ),
    "subdivision_code": (
        ("{code} no es una subdivisión ISO 3166-2", "use un código como CO-VAC, o no mande el campo"),
        ("{code} não é uma subdivisão ISO 3166-2", "use um código como CO-VAC, ou omita o campo"),
        ("{code} is no ISO 3166-2 subdivision", "use a code such as CO-VAC, or leave it out"),
    ),
    "foreign_subdivision": (
        ("{code} no es del país del proyecto, {country}", "use una subdivisión de {country}, o no mande el campo"),
        ("{code} não é do país do projeto, {country}", "use uma subdivisão de {country}, ou omita o campo"),
        ("{code} is not of the project's country, {country}", "use a subdivision of {country}, or leave it out"),
    ),
    "currency_code": (
        ("{code} no es una moneda ISO 4217", "use tres letras mayúsculas, como USD"),
        ("{code} não é uma moeda ISO 4217", "use três letras maiúsculas, como USD"),
        ("{code} is no ISO 4217 currency", "use three capital letters such as USD"),
    ),
    "no_language": (
        ("no está en ningún idioma", "escriba el texto al menos en uno de es, pt, en"),
        ("não está em nenhum idioma", "escreva o texto em pelo menos um de es, pt, en"),
        ("has no language", "give the text in at least one of es, pt, en"),
    ),
    "email": (
        ("no es una dirección de correo", "escríbala como nombre@ejemplo.org"),
        ("não é um endereço de e-mail", "escreva-o como nome@exemplo.org"),
        ("is no e-mail address", "write it like name@example.org"),
    ),
    "decimal_max_digits": (
        ("tiene más de {max_digits} cifras", "corríjalo"),
        ("tem mais de {max_digits} algarismos", "corrija-o"),
        ("has more than {max_digits} digits", "correct it"),
    ),
    "decimal_whole_digits": (
        ("tiene más de {whole_digits} cifras enteras", "corríjalo"),
        ("tem mais de {whole_digits} algarismos inteiros", "corrija-o"),
        ("has more than {whole_digits} digits before the point", "correct it"),
    ),
    "finite_number": (
        ("no es un número finito", "escriba un número, o null"),
        ("não é um número finito", "escreva um número, ou null"),
        ("is no finite number", "write a number, or null"),
    ),
}
