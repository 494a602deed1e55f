"""`make eval`."""

import sys

from evals.commands import run_everything

sys.exit(run_everything())
