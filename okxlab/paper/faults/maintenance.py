"""Maintenance: announced, under way, over; meanwhile nothing but the status and the time is answered."""

from typing import Any

from okxlab.clock import Clock

_ANSWERED = ("/api/v5/system/status", "/api/v5/public/time")


class Maintenance:
    """One service upgrade at a time, as system/status tells of it.

    Parameters
    ----------
    clock
        Protocol time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begin = self._end = 0
        self._title = ""

    def plan(self, after_seconds: float, seconds: float, title: str) -> None:
        """Announce an upgrade that begins and ends by itself."""
        self._begin = self._clock.now_ms() + round(after_seconds * 1000)
        self._end = self._begin + round(seconds * 1000)
        self._title = title

    @property
    def under_way(self) -> bool:
        """Whether it is going on now."""
        return self._begin <= self._clock.now_ms() < self._end

    def refuses(self, path: str) -> bool:
        """Whether a request is turned away because of it."""
        return self._end > 0 and self.under_way and path not in _ANSWERED

    def rows(self) -> list[dict[str, Any]]:
        """Give the rows of system/status."""
        if not self._end:
            return []
        now = self._clock.now_ms()
        state = "scheduled" if now < self._begin else "ongoing" if now < self._end else "completed"
        row = {
            "title": self._title, "state": state, "begin": str(self._begin), "end": str(self._end),
            "preOpenBegin": "", "href": "", "serviceType": "5", "system": "unified", "scheDesc": "",
            "maintType": "1", "env": "1",
        }  # fmt: skip
        return [row]
