"""Codes and findings in words: Spanish, Portuguese and English, from the data files beside this module.

`words.yaml` names the codes, `sentences.yaml` holds the sentences of the findings. A sentence is a template with named
places; a place may be filled with a plain value or with a text per language.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

import yaml

LANGUAGES = ("es", "pt", "en")
TEXT_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Reads YAML as texts alone; with libyaml, where there is one, ten times faster."""
Explanation = dict[str, str]
"""A text per language (es, pt, en)."""


def read_texts(text: str) -> Any:
    """What the YAML says: dicts and lists of texts. Raises yaml.YAMLError."""
    return yaml.load(text, TEXT_LOADER)  # noqa: S506 (builds only text)


@cache
def _data(name: str) -> dict[str, dict[str, Explanation]]:
    text = files("shared.programme").joinpath(name).read_text("utf-8")
    return cast("dict[str, dict[str, Explanation]]", read_texts(text))


def label(kind: str, code: str) -> Explanation:
    """The name of a code of the vocabulary, such as `label("typology", "cluster")`. Raises KeyError."""
    return _data("words.yaml")[kind][code]


def labels(kind: str) -> dict[str, Explanation]:
    """All names of a kind of code, in the programme's order. Raises KeyError."""
    return dict(_data("words.yaml")[kind])


def listed(kind: str, codes: list[str] | tuple[str, ...]) -> Explanation:
    """The names of several codes in one line; it ends without a full stop, as it may stand within a sentence."""
    return {
        language: "; ".join(label(kind, code)[language] for code in codes).removesuffix(".") for language in LANGUAGES
    }


class Counted(str):
    """A value in a sentence that knows one from many: `{n:# locality|# localities}`, with # for the value itself."""

    def __format__(self, spec: str) -> str:
        if "|" not in spec:
            return super().__format__(spec)
        one, many = spec.split("|")
        return (one if self == "1" else many).replace("#", self)


def fill(template: Mapping[str, str], **values: object) -> Explanation:
    """The template in each language, with its places filled."""
    filled = {}
    for language in LANGUAGES:
        text = template[language]
        kind = Counted if "|" in text else str
        filled[language] = text.format(
            **{name: kind(v[language] if isinstance(v, dict) else v) for name, v in values.items()}
        )
    return filled


def say(group: str, key: str, **values: object) -> Explanation:
    """A sentence of `sentences.yaml`, filled. Raises KeyError for an unknown sentence or a place left empty."""
    return fill(_data("sentences.yaml")[group][key], **values)


@cache
def field_name(step: str) -> Explanation:
    """A field of a policy in words: its own name, else the name of the code that it is, else the code itself."""
    kinds = ("field", "typology", "result", "item", "promoter_kind", "effect")
    names = _data("words.yaml")
    return next((names[kind][step] for kind in kinds if step in names[kind]), dict.fromkeys(LANGUAGES, step))
