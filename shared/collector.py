"""Python's garbage collector, set for processes that take thousands of events at a time."""

from __future__ import annotations

import gc

THRESHOLDS = 50_000, 20, 50


def steady() -> None:
    """Look for cycles more rarely, and never again among what is there now. Called once, when all is imported.

    A batch makes many objects that live as long as it: by default they are gone through every 700 new ones, which took
    a third of a projection's time (`make bench`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
