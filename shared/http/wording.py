"""The texts of problem documents in the three languages of the programme, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from starlette.datastructures import Headers

Language = Literal["es", "pt", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "pt", "en")
DEFAULT: Language = "en"


def choose(accept: str | None) -> Language:
    """The best of es, pt, en for an Accept-Language header (RFC 9110 section 12.5.4); English if none is wanted."""
    best: tuple[float, Language] = (0.0, DEFAULT)
    for part in (accept or "")[:500].split(","):
        tag, _, parameters = part.partition(";")
        primary = tag.strip().lower().split("-")[0]
        language = next((known for known in LANGUAGES if known == primary), DEFAULT if primary == "*" else None)
        if language is not None and (quality := _quality(parameters)) > best[0]:
            best = quality, language
    return best[1]


def wished(headers: Headers) -> Language:
    """The language for a request: its Accept-Language, on however many lines."""
    return choose(", ".join(headers.getlist("accept-language")))


def _quality(parameters: str) -> float:
    """The first `q` among a language's parameters; 1 without one, 0 if it is no number from 0 to 1."""
    named = (parameter.partition("=") for parameter in parameters.split(";"))
    value = next((value for name, _, value in named if name.strip().lower() == "q"), "1")
    try:
        return quality if 0 <= (quality := float(value)) <= 1 else 0.0
    except ValueError:
        return 0.0


TITLES: Mapping[int, tuple[str, str, str]] = {
    400: ("Solicitud mal formada", "Solicitação malformada", "Malformed request"),
    401: ("Falta una identificación válida", "Falta uma identificação válida", "A valid token is needed"),
    403: ("No está permitido", "Não é permitido", "Not allowed"),
    404: ("No existe", "Não existe", "Not found"),
    405: ("Método no admitido", "Método não admitido", "Method not allowed"),
    409: ("Conflicto con el estado actual", "Conflito com o estado atual", "Conflict with the current state"),
    413: ("Demasiado grande", "Grande demais", "Too large"),
    415: ("Tipo de contenido no admitido", "Tipo de conteúdo não admitido", "Content type not supported"),
    422: ("Datos no válidos", "Dados inválidos", "Invalid data"),
    500: ("Error interno", "Erro interno", "Internal error"),
    503: ("No disponible por ahora", "Indisponível no momento", "Not available now"),
}

DETAILS: Mapping[str, tuple[str, str, str]] = {
    "not-found": (
        "No hay nada en esta dirección.",
        "Não há nada neste endereço.",
        "There is nothing at this address.",
    ),
    "method": (
        "Esta dirección admite: {allow}.",
        "Este endereço admite: {allow}.",
        "This address takes: {allow}.",
    ),
    "body-too-large": (
        "El cuerpo supera {limit} bytes: envíe menos.",
        "O corpo excede {limit} bytes: envie menos.",
        "The body exceeds {limit} bytes: send less.",
    ),
    "commit-too-large": (
        "La orden produce más hechos de los que caben en una anotación; no se cambió nada: divídala.",
        "A ordem produz mais fatos do que cabem em um registro; nada mudou: divida-a.",
        "The order yields more facts than one commit holds; nothing was changed: split it.",
    ),
    "content-type": (
        "El cuerpo debe ser application/json.",
        "O corpo deve ser application/json.",
        "The body must be application/json.",
    ),
    "validation": (
        "{count} campo(s) no cumplen; véase errors.",
        "{count} campo(s) não cumprem; veja errors.",
        "{count} field(s) do not comply; see errors.",
    ),
    "json": ("El cuerpo no es JSON válido.", "O corpo não é JSON válido.", "The body is no valid JSON."),
    "encoding": (
        "La dirección lleva bytes que no son texto UTF-8, o el carácter U+0000.",
        "O endereço contém bytes que não são texto UTF-8, ou o caractere U+0000.",
        "The address holds bytes that are no UTF-8 text, or the character U+0000.",
    ),
    "conflict": (
        "Otros cambiaron lo mismo a la vez; no se cambió nada: repita la solicitud.",
        "Outros alteraram o mesmo ao mesmo tempo; nada mudou: repita a solicitação.",
        "Others kept changing the same thing; nothing was changed: send the request again.",
    ),
    "idempotency-conflict": (
        "Esta Idempotency-Key ya se usó con otro contenido; no se cambió nada: use una clave nueva.",
        "Esta Idempotency-Key já foi usada com outro conteúdo; nada mudou: use uma chave nova.",
        "This Idempotency-Key was used before with another content; nothing was changed: use a new key.",
    ),
    "outcome-unknown": (
        "Resultado desconocido: repita con la misma Idempotency-Key.",
        "Resultado desconhecido: repita com a mesma Idempotency-Key.",
        "unknown, retry with the same Idempotency-Key",
    ),
    "unavailable": (
        "Un servidor necesario no responde; no se cambió nada: intente más tarde.",
        "Um servidor necessário não responde; nada mudou: tente mais tarde.",
        "A server that is needed does not answer; nothing was changed: try again later.",
    ),
    "newer-release": (
        "Una versión más nueva del servicio registró aquí algo que esta no conoce aún; nada cambió: repita luego.",
        "Uma versão mais nova do serviço registrou aqui algo que esta ainda não conhece; nada mudou: repita depois.",
        "A newer release recorded something here that this one does not know; nothing was changed: try again later.",
    ),
    "unreadable": (
        "Esta versión no puede leer un hecho registrado; nada cambió: avise a quien opera el servicio.",
        "Esta versão não consegue ler um fato registrado; nada mudou: avise quem opera o serviço.",
        "This release can't read a recorded fact; nothing was changed: tell whoever operates the service.",
    ),
    "internal": (
        "Algo falló de nuestro lado; al avisar, mencione correlation_id.",
        "Algo falhou do nosso lado; ao avisar, mencione correlation_id.",
        "Something failed on our side; when you report it, mention correlation_id.",
    ),
    "token-missing": (
        "Falta el token: envíelo en la cabecera Authorization, tras Bearer.",
        "Falta o token: envie-o no cabeçalho Authorization, depois de Bearer.",
        "send a bearer token in the Authorization header",
    ),
    "token": (
        "El token no sirve o ya no vale: pida uno nuevo. WWW-Authenticate dice por qué.",
        "O token não serve ou já não vale: peça um novo. WWW-Authenticate diz por quê.",
        "{reason}",
    ),
    "role": (
        "{action} está permitido a: {roles}.",
        "{action} é permitido a: {roles}.",
        "{action} is allowed to: {roles}.",
    ),
    "scope": (
        "{action} está permitido a: {roles}; el alcance del solicitante no incluye esto.",
        "{action} é permitido a: {roles}; o alcance do solicitante não inclui isto.",
        "{action} is allowed to: {roles}; this is outside the caller's countries or agency.",
    ),
}


def title(status: int, language: Language) -> str:
    """The title of a status."""
    texts = TITLES.get(status)
    return texts[LANGUAGES.index(language)] if texts else f"HTTP {status}"


def detail(key: str, language: Language, **values: Any) -> str:
    """One of the details above, filled in."""
    return DETAILS[key][LANGUAGES.index(language)].format(**values)
