"""What makes a body no JSON at all, and what to do, in es, pt, en: by what its reader says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.http.value_rules import Texts

JSON_RULES: Mapping[str, Texts] = {
    "json_encoding": (
        ("los bytes no son texto UTF-8 (línea {line}, columna {column})", "envíe texto UTF-8, sin BOM ni compresión"),
        ("os bytes não são texto UTF-8 (linha {line}, coluna {column})", "envie texto UTF-8, sem BOM nem compressão"),
        ("the bytes are no UTF-8 text (line {line}, column {column})", "send UTF-8 text, without BOM or compression"),
    ),
    "json_escape": (
        (
            "un texto lleva un escape sin carácter (línea {line}, columna {column})",
            "escriba el carácter mismo, o un escape completo de JSON: los de U+D800 a U+DFFF van de a dos",
        ),
        (
            "um texto contém um escape sem caractere (linha {line}, coluna {column})",
            "escreva o próprio caractere, ou um escape completo de JSON: os de U+D800 a U+DFFF vão aos pares",
        ),
        (
            "a text holds an escape that is no character (line {line}, column {column})",
            "write the character itself, or a whole escape of JSON: those from U+D800 to U+DFFF come in pairs",
        ),
    ),
    "json_control": (
        (
            "un texto lleva un carácter de control (línea {line}, columna {column})",
            "quítelo, o escríbalo con escape: \\n para un salto de línea",
        ),
        (
            "um texto contém um caractere de controle (linha {line}, coluna {column})",
            "retire-o, ou escreva-o com escape: \\n para uma quebra de linha",
        ),
        (
            "a text holds a control character (line {line}, column {column})",
            "remove it, or escape it: \\n for a line break",
        ),
    ),
    "json_depth": (
        ("hay demasiados niveles (línea {line}, columna {column})", "anide menos listas y objetos: caben unos 200"),
        ("há níveis demais (linha {line}, coluna {column})", "aninhe menos listas e objetos: cabem uns 200"),
        ("there are too many levels (line {line}, column {column})", "nest fewer lists and objects: about 200 fit"),
    ),
    "json_number": (
        ("un número es demasiado largo (línea {line}, columna {column})", "escriba menos cifras"),
        ("um número é longo demais (linha {line}, coluna {column})", "escreva menos algarismos"),
        ("a number is too long (line {line}, column {column})", "write fewer digits"),
    ),
    "json_end": (
        ("el texto se acaba antes de tiempo (línea {line}, columna {column})", "envíelo entero, con todos sus cierres"),
        ("o texto acaba antes do tempo (linha {line}, coluna {column})", "envie-o inteiro, com todos os fechamentos"),
        ("the text ends too early (line {line}, column {column})", "send all of it, with everything closed"),
    ),
    "json_syntax": (
        (
            "algo no está escrito como JSON (línea {line}, columna {column})",
            "revise allí comillas dobles, comas y llaves; JSON no admite comentarios",
        ),
        (
            "algo não está escrito como JSON (linha {line}, coluna {column})",
            "confira ali aspas duplas, vírgulas e chaves; JSON não admite comentários",
        ),
        (
            "something is not written as JSON (line {line}, column {column})",
            "look there for double quotes, commas and braces; JSON has no comments",
        ),
    ),
}
_SAID = {
    "unicode code point": "json_encoding",
    "escape": "json_escape",
    "control character": "json_control",
    "recursion": "json_depth",
    "out of range": "json_number",
    "Exceeds the limit": "json_number",  # as Python says it
    "EOF": "json_end",
}
_BOM = b"\xef\xbb\xbf"
_PLACE = re.compile(r"line (?P<line>\d+) column (?P<column>\d+)")


def json_rule(said: str, raw: bytes) -> tuple[str, dict[str, str]]:
    """The rule that a body breaks of which its reader said this, and where: line and column as it counts them."""
    found = _PLACE.search(said)
    place = found.groupdict() if found else {"line": "?", "column": "?"}
    if raw.startswith(_BOM) or not _is_text(raw):
        return "json_encoding", place
    return next((rule for words, rule in _SAID.items() if words in said), "json_syntax"), place


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
