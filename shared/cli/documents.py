"""Documents that a user hands in: JSON as it is, YAML read as JSON is."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from shared.cli.failure import Code, Failure

LIMIT = 1_000_000
"""Bytes; the services take no more either."""


class _Plain(yaml.SafeLoader):
    """YAML whose scalars mean what they mean in JSON: `NO` is a country, `2026-01-31` a text."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(
                None, None, "references (*name) are not taken", parent and parent.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        for (key, _), name in zip(node.value, names, strict=True):
            if not isinstance(name, str):
                raise yaml.constructor.ConstructorError(None, None, "a name must be a text: quote it", key.start_mark)
            if names.count(name) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{name} is given twice", key.start_mark)
        return super().construct_mapping(node, deep=deep)


# the core of YAML 1.2, without its octal and hexadecimal numbers: tag, pattern, first characters
for _tag, _pattern, _first in (
    ("null", r"(?:null|~|)\Z", ["n", "~", ""]),
    ("bool", r"(?:true|false)\Z", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]*)\Z", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z", list("-0123456789")),
):
    _Plain.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def read(file: Path) -> bytes:
    """The document in `file` as JSON; raises `Failure`. JSON is passed on untouched: the service judges it."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Failure(Code.USAGE, "no-file", file=file, reason=error.strerror or type(error).__name__) from None
    if len(content) > LIMIT:
        raise Failure(Code.USAGE, "file-too-large", file=file, limit=LIMIT)
    return _from_yaml(file, content) if file.suffix.lower() in (".yaml", ".yml") else content


def _from_yaml(file: Path, content: bytes) -> bytes:
    try:
        # escapes: two surrogates that YAML left apart are one character again
        return json.dumps(yaml.load(content, _Plain), allow_nan=False).encode()  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Failure(Code.USAGE, "bad-yaml", file=file, reason=" ".join(str(error).split())) from None


def key_of(document: bytes) -> str:
    """The idempotency key that follows from a document: the same document, the same key."""
    return f"file-{sha256(document).hexdigest()[:40]}"


def country_of(document: bytes) -> str | None:
    """The country that a document names, if it names one in the usual place."""
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        return None
    country = found.get("country") if isinstance(found, dict) else None
    return country if isinstance(country, str) else None
