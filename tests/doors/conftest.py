"""The ground that the doors' tests stand on, laid once."""

from __future__ import annotations

import pytest

from tests.doors.ground import Ground, lay
from tests.running import Programme


@pytest.fixture(scope="session")
async def ground(services: Programme) -> Ground:
    """Things behind the doors; tests of refusals leave them as they are."""
    return await lay(services)
