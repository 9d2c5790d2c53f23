"""`trama`, and `python -m shared.cli`: to load it all takes a moment, in which Ctrl-C is no error either."""

import sys

from shared.cli.failure import Code


def main() -> None:
    """Run the command line; ends the process."""
    try:
        from shared.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(Code.INTERRUPTED)


if __name__ == "__main__":
    main()
