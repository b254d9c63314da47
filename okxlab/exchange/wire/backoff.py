"""How long to wait before the next attempt: longer each time, never all at once."""

import random

FIRST, LONGEST = 0.25, 30.0


class Backoff:
    """Doubles from a quarter of a second to half a minute; each wait is a random half to whole of that.

    Parameters
    ----------
    seed
        Of the chance; None takes the machine's.

    Examples
    --------
    >>> backoff = Backoff(seed=1)
    >>> [round(backoff.next(), 2) for _ in range(4)]
    [0.14, 0.46, 0.88, 1.26]
    >>> backoff.reset()
    >>> backoff.next() < 0.25
    True
    """

    def __init__(self, seed: int | None = None) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - spreads attempts, guards nothing
        self._attempts = 0

    def next(self) -> float:
        """Give the seconds to wait before the next attempt."""
        most = min(FIRST * 2.0**self._attempts, LONGEST)
        self._attempts = min(self._attempts + 1, 16)
        return most * self._chance.uniform(0.5, 1)

    def reset(self) -> None:
        """Begin anew: an attempt succeeded."""
        self._attempts = 0
