"""`python -m services.monitoring`."""

import sys

from services.monitoring.app import create
from services.monitoring.settings import Settings
from shared.serve import run

if __name__ == "__main__":
    sys.exit(run(Settings, create))
