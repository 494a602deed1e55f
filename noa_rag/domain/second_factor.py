"""The second factor of somebody who signs in, as it is kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Factor:
    """A secret shared with an authenticator application; empty where it can no longer be read.

    `last_step` is the half minute of the last code used; until `is_confirmed` the factor is only proposed.
    """

    secret: str
    last_step: int
    is_confirmed: bool
    recovery_left: int
