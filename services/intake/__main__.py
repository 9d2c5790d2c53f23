"""`python -m services.intake`."""

import sys

from services.intake.app import create
from services.intake.settings import Settings
from shared.serve import run

if __name__ == "__main__":
    sys.exit(run(Settings, create))
