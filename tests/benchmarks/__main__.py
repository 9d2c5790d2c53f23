"""All benchmarks, one table: `make bench`. With `--grow`, also how the figures change with ten times the data."""

from __future__ import annotations

import sys

from tests.benchmarks import append, classify, growth, journey, load, memory, project, rebuild, relay
from tests.benchmarks.harness import on_servers, on_stack, show


def main() -> int:
    """Print the table; it is for reading: a missed ratio is told in it, and fails nothing."""
    rows = on_servers(append.measure, load.measure, relay.measure, project.measure, rebuild.measure)
    rows += on_stack(memory.measure, journey.measure)
    show(rows)
    if "--grow" in sys.argv[1:]:
        show(on_servers(growth.measure))
    return classify.main()


if __name__ == "__main__":
    sys.exit(main())
