"""What an operator does about a database that cannot be used."""

_RETURNS = (
    "Start PostgreSQL, or correct NOA_DATABASE_URL; while it starts, try again in a moment: Noa goes on by itself."
)
_REMEDIES = {
    ("permission denied for",): "Let the account that NOA_DATABASE_URL names own that database of PostgreSQL.",
    ("connection refused", "connection failed", "timeout expired", "server closed", "terminating connection"): _RETURNS,
    ("starting up", "shutting down", "recovery mode", "not yet accepting"): _RETURNS,
    ("full", "no space", "disk i/o"): "Free disk space, then try again; nothing was lost.",
    ("readonly", "read-only", "permission", "unable to open"): (
        "Let the account that runs Noa write to the data folder, or set NOA_DATA_DIR to another one."
    ),
    ("locked", "lock timeout"): "Another process is writing; try again in a moment.",
    ("not a database", "malformed"): (
        "The file is damaged: restore it from a backup, or set NOA_DATA_DIR to an empty folder."
    ),
    ("no module named",): "Install that driver beside Noa, or name another one in NOA_DATABASE_URL.",
    ("locate revision",): (
        "A newer Noa has changed this database: run that version, or restore a backup made before it."
    ),
}


def remedy(seen: str) -> str:
    """Return the sentence about what to do that goes with a driver's message."""
    lowered = seen.casefold()
    for signs, remedy in _REMEDIES.items():
        if any(sign in lowered for sign in signs):
            return remedy
    return "Check NOA_DATABASE_URL and NOA_DATA_DIR, then run `noa doctor`."
