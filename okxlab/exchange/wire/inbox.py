"""Rows that wait for somebody who goes through them; the oldest go when he is too slow."""

from collections import deque
from collections.abc import Sequence
from typing import Any


class Inbox:
    """At most so many rows.

    Parameters
    ----------
    most
        Rows that may wait.

    Examples
    --------
    >>> inbox = Inbox(2)
    >>> inbox.put(["a", "b", "c"]), list(inbox.rows)
    (1, ['b', 'c'])
    """

    def __init__(self, most: int) -> None:
        self.rows: deque[Any] = deque(maxlen=most)
        self._most = most

    def put(self, rows: Sequence[Any]) -> int:
        """Take rows in and give how many had to go."""
        lost = max(len(self.rows) + len(rows) - self._most, 0)
        self.rows.extend(rows)
        return lost
