"""Numbers as a report prints them."""


def percent(value: float) -> str:
    """Return a share of 1 as a percentage with one decimal."""
    return f"{100 * value:.1f}\N{NO-BREAK SPACE}%"


def milliseconds(value: float) -> str:
    """Return a duration with as many digits as can be believed."""
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"
