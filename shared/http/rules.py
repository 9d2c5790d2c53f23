"""What a failed check means and what to do, in the caller's language; by the names that pydantic gives its checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.http.json_rules import JSON_RULES
from shared.http.value_rules import VALUE_RULES, Texts
from shared.http.wording import LANGUAGES, Language

# rules that are not here keep pydantic's English text
RULES: Mapping[str, Texts] = {
    **VALUE_RULES,
    **JSON_RULES,
    "missing": (
        ("falta", "agréguelo"),
        ("falta", "acrescente-o"),
        ("is missing", "add it"),
    ),
    "extra_forbidden": (
        ("no se conoce este campo", "quítelo o corrija su nombre"),
        ("este campo não é conhecido", "retire-o ou corrija o nome"),
        ("this field is not known", "remove it, or correct its name"),
    ),
    "unknown_parameter": (
        ("no se conoce este parámetro", "quítelo o corrija su nombre; se conocen: {known}"),
        ("este parâmetro não é conhecido", "retire-o ou corrija o nome; conhecidos: {known}"),
        ("this parameter is not known", "remove it, or correct its name; known: {known}"),
    ),
    "repeated_parameter": (
        ("se da más de una vez", "deje uno"),
        ("é dado mais de uma vez", "deixe um"),
        ("is given more than once", "leave one"),
    ),
    "encoding": (
        ("no es texto UTF-8, o lleva el carácter U+0000", "codifíquelo como UTF-8 sin U+0000"),
        ("não é texto UTF-8, ou contém o caractere U+0000", "codifique-o como UTF-8 sem U+0000"),
        ("is no UTF-8 text, or holds the character U+0000", "encode it as UTF-8 without U+0000"),
    ),
    "nul": (
        ("lleva el carácter U+0000", "quítelo"),
        ("contém o caractere U+0000", "retire-o"),
        ("holds the character U+0000", "remove it"),
    ),
    "duplicate_name": (
        ("el nombre {name} aparece dos veces en un objeto", "deje uno"),
        ("o nome {name} aparece duas vezes em um objeto", "deixe um"),
        ("the name {name} appears twice in one object", "leave one"),
    ),
    "not_a_number": (
        ("{name} no es JSON", "escriba un número o null"),
        ("{name} não é JSON", "escreva um número ou null"),
        ("{name} is not JSON", "write a number, or null"),
    ),
    "string_type": (
        ("debe ser texto", "escríbalo entre comillas"),
        ("deve ser texto", "escreva-o entre aspas"),
        ("must be text", "write it in quotes"),
    ),
    "string_too_long": (
        ("pasa de {max_length} caracteres", "acórtelo"),
        ("passa de {max_length} caracteres", "encurte-o"),
        ("is longer than {max_length} characters", "shorten it"),
    ),
    "string_too_short": (
        ("tiene menos de {min_length} caracteres", "complételo"),
        ("tem menos de {min_length} caracteres", "complete-o"),
        ("is shorter than {min_length} characters", "complete it"),
    ),
    "string_pattern_mismatch": (
        ("no tiene la forma {pattern}", "escríbalo en esa forma"),
        ("não tem a forma {pattern}", "escreva-o nessa forma"),
        ("does not have the form {pattern}", "write it in that form"),
    ),
    "enum": (
        ("debe ser uno de: {expected}", "elija uno"),
        ("deve ser um de: {expected}", "escolha um"),
        ("must be one of: {expected}", "choose one"),
    ),
    "greater_than_equal": (
        ("es menor que {ge}", "corríjalo"),
        ("é menor que {ge}", "corrija-o"),
        ("is less than {ge}", "correct it"),
    ),
    "greater_than": (
        ("no es mayor que {gt}", "corríjalo"),
        ("não é maior que {gt}", "corrija-o"),
        ("is not greater than {gt}", "correct it"),
    ),
    "less_than_equal": (
        ("es mayor que {le}", "corríjalo"),
        ("é maior que {le}", "corrija-o"),
        ("is greater than {le}", "correct it"),
    ),
    "less_than": (
        ("no es menor que {lt}", "corríjalo"),
        ("não é menor que {lt}", "corrija-o"),
        ("is not less than {lt}", "correct it"),
    ),
    "bool_type": (
        ("debe ser true o false", "escriba uno de los dos, sin comillas"),
        ("deve ser true ou false", "escreva um dos dois, sem aspas"),
        ("must be true or false", "write one of the two, without quotes"),
    ),
    "decimal_parsing": (
        ("no es un número decimal", 'escríbalo como "1250.50"'),
        ("não é um número decimal", 'escreva-o como "1250.50"'),
        ("is no decimal number", 'write it like "1250.50"'),
    ),
    "decimal_max_places": (
        ("tiene más de {decimal_places} decimales", "redondéelo"),
        ("tem mais de {decimal_places} casas decimais", "arredonde-o"),
        ("has more than {decimal_places} decimals", "round it"),
    ),
    "int_parsing": (
        ("no es un número entero", "escriba solo cifras"),
        ("não é um número inteiro", "escreva só algarismos"),
        ("is no whole number", "write digits only"),
    ),
    "date_from_datetime_parsing": (
        ("no es una fecha que exista", "escríbala como 2003-11-30"),
        ("não é uma data que exista", "escreva-a como 2003-11-30"),
        ("is no date that exists", "write it like 2003-11-30"),
    ),
    "datetime_from_date_parsing": (
        ("no es un instante que exista", "escríbalo como 2003-11-30T12:00:00Z"),
        ("não é um instante que exista", "escreva-o como 2003-11-30T12:00:00Z"),
        ("is no time that exists", "write it like 2003-11-30T12:00:00Z"),
    ),
    "timezone_aware": (
        ("no dice su zona horaria", "agregue Z o un desfase como -05:00"),
        ("não diz o fuso horário", "acrescente Z ou um deslocamento como -05:00"),
        ("says no time zone", "add Z, or an offset such as -05:00"),
    ),
    "too_long": (
        ("tiene más de {max_length} elementos", "quite algunos"),
        ("tem mais de {max_length} elementos", "retire alguns"),
        ("has more than {max_length} items", "remove some"),
    ),
    "too_short": (
        ("tiene menos de {min_length} elementos", "agregue más"),
        ("tem menos de {min_length} elementos", "acrescente mais"),
        ("has fewer than {min_length} items", "add more"),
    ),
    "model_type": (
        ("debe ser un objeto", "escríbalo entre llaves { }"),
        ("deve ser um objeto", "escreva-o entre chaves { }"),
        ("must be an object", "write it in braces { }"),
    ),
    "list_type": (
        ("debe ser una lista", "escríbala entre corchetes [ ]"),
        ("deve ser uma lista", "escreva-a entre colchetes [ ]"),
        ("must be a list", "write it in brackets [ ]"),
    ),
}
_SAME = {
    "literal_error": "enum",
    "bool_parsing": "bool_type",
    "int_from_float": "int_parsing",
    "int_type": "int_parsing",
    "int_parsing_size": "int_parsing",
    "decimal_type": "decimal_parsing",
    "is_instance_of": "decimal_parsing",  # in JSON only a Decimal is asked for as an instance
    "date_parsing": "date_from_datetime_parsing",
    "date_type": "date_from_datetime_parsing",
    "date_from_datetime_inexact": "date_from_datetime_parsing",
    "datetime_parsing": "datetime_from_date_parsing",
    "datetime_type": "datetime_from_date_parsing",
    "model_attributes_type": "model_type",
    "dict_type": "model_type",
    "tuple_type": "list_type",
}
_OTHERWISE = ("corríjalo", "corrija-o", "correct it")


def explain(rule: str, message: str, context: Mapping[str, Any], language: Language) -> tuple[str, str]:
    """What is wrong and what to do. A check of our own says both itself, parted by the last `: `."""
    index = LANGUAGES.index(language)
    if rule == "value_error" and "email" in message[:40]:  # as pydantic tells of an `EmailStr`
        rule = "email"
    texts = RULES.get(_SAME.get(rule, rule))
    if texts is not None:
        found, fix = texts[index]
        if "expected" in context:  # pydantic parts the last one by an English word
            context = {**context, "expected": str(context["expected"]).replace(" or ", ", ")}
        return _fill(found, context), _fill(fix, context)
    found, parted, fix = message.removeprefix("Value error, ").rpartition(": ")
    if rule in ("value_error", "assertion_error") and parted:
        return found[:500], fix[:500]
    return message.removeprefix("Value error, ")[:500], _OTHERWISE[index]


def _fill(text: str, context: Mapping[str, Any]) -> str:
    # not str.format: the texts hold braces of their own
    for name, value in context.items():
        text = text.replace("{" + name + "}", str(value)[:300])
    return text
