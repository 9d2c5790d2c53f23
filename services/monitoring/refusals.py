"""Why an order is refused and what to do instead, in three languages; the texts are in `refusals.yaml` beside."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import cast

from shared.errors import Refused, Texts
from shared.programme.words import fill, read_texts


@cache
def texts() -> dict[str, dict[str, Texts]]:
    """Per code what it `says` and the `fix`, as templates per language."""
    text = files("services.monitoring").joinpath("refusals.yaml").read_text("utf-8")
    return cast("dict[str, dict[str, Texts]]", read_texts(text))


def refused(code: str, pointer: str | None = None, **values: object) -> Refused:
    """The refusal for this rule, its texts filled with `values`."""
    found = texts()[code]
    return Refused(code, fill(found["says"], **values), pointer, fill(found["fix"], **values))
