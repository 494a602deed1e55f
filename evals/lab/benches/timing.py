"""Times of calls, and how they are told."""

import statistics
import time
from collections.abc import Callable, Sequence


def milliseconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1_000


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value below which so many in a hundred of at least two values lie (1 to 99)."""
    return statistics.quantiles(values, n=100)[percent - 1]
