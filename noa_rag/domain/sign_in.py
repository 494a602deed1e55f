"""Signing in: the second factor as it is kept, and the delays between attempts after failures.

Nobody is locked out: an attempt that comes too early is refused with the seconds to wait, and is not counted. One
failure is forgotten every quarter of an hour. The most that strangers can guess of one password follows:

- from one address, 12 in the first nine minutes and then one every 5 minutes: 298 on the first day, 288 on each later;
- from any number of addresses, 13 and then one every 5 seconds: 17,300 a day, each address being held to the above.

A browser or network where somebody has signed in waits for its own failures alone, and is held to 298 a day as well.
"""

import math
from dataclasses import dataclass

FORGIVEN_SECONDS = 900  # after which one failure is forgotten
FORGOTTEN_HOURS = 12  # after which nothing is left of any count: the longest, 36 of an address, takes 9


@dataclass(frozen=True, slots=True)
class Factor:
    """A secret shared with an authenticator application; empty where it can no longer be read.

    `last_step` is the half minute of the last code used; until `is_confirmed` the factor is only proposed.
    """

    secret: str
    last_step: int
    is_confirmed: bool
    recovery_left: int


@dataclass(frozen=True, slots=True)
class Delay:
    """No wait after the first failures, then 1, 2, 4… seconds, up to the longest."""

    free_count: int
    longest_seconds: int

    @property
    def most(self) -> int:
        """The failures after which the wait grows no more; what is beyond is not counted, so that counts end."""
        return self.free_count + (self.longest_seconds - 1).bit_length()

    def seconds_after(self, failures: float) -> int:
        beyond = math.ceil(failures) - self.free_count
        return min(2**beyond, self.longest_seconds) if beyond >= 0 else 0


def remaining(failures: float, seconds: float) -> float:
    """Return what is left of a count of failures after so many seconds."""
    return max(0.0, failures - max(0.0, seconds) / FORGIVEN_SECONDS)


# One name from one network, or from one browser that has signed in before with that name.
OF_A_PAIR = Delay(free_count=3, longest_seconds=300)
# One network whatever the names: an agency may sit behind one address.
OF_A_NETWORK = Delay(free_count=30, longest_seconds=60)
# One name whatever the network. It bounds what many machines guess together; a few seconds lock nobody out.
OF_A_NAME = Delay(free_count=10, longest_seconds=5)
# One name's codes of a second factor; who tries them knows the password. 288 a day, of a million with three that hold.
OF_A_NAMES_CODES = Delay(free_count=10, longest_seconds=300)
