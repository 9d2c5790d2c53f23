"""`python -m services.reporting`."""

import sys

from services.reporting.app import create
from services.reporting.settings import Settings
from shared.serve import run

if __name__ == "__main__":
    sys.exit(run(Settings, create))
