"""`python -m services.evaluation`."""

import sys

from services.evaluation.app import create
from services.evaluation.settings import Settings
from shared.serve import run

if __name__ == "__main__":
    sys.exit(run(Settings, create))
