"""The rules forget between tests what they have read, so that each test sees them at work."""

from __future__ import annotations

import pytest

from shared.programme import axis


@pytest.fixture(autouse=True)
def _forget() -> None:
    axis.hear.cache_clear()
