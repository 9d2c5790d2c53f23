"""An order of the operator that names what the service does not have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.http import FieldError, Language, Problem

_FIX = {"es": "Use uno de: {names}.", "pt": "Use um de: {names}.", "en": "Use one of: {names}."}


def unknown(field: str, says: Mapping[Language, str], names: Sequence[str], speaks: Language) -> Problem:
    """The problem of a `field` with another name than one of `names`, as `says` tells it."""
    fix = _FIX[speaks].format(names=", ".join(names) or "-")
    error = FieldError(pointer=f"/{field}", rule=f"{field}.unknown", detail=says[speaks], fix=fix)
    return Problem(422, "validation", says[speaks], errors=[error])
