"""The rules in force, and the log of what they struck."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from okxlab.clock import Clock
from okxlab.errors import PaperError
from okxlab.paper.faults.kinds import KINDS, values_of
from okxlab.paper.faults.rule import Occasion, Rule

_LOGGED = 10_000
_CONDITIONS: dict[str, tuple[type, ...]] = {
    "endpoint": (str,), "instrument": (str,), "method": (str,), "nth": (int,), "times": (int,),
    "probability": (int, float), "seed": (int,), "seconds": (int, float),
}  # fmt: skip


class Faults:
    """Set, asked and taken back while the exchange runs.

    Parameters
    ----------
    clock
        Ends rules after their seconds, and dates the log.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rules: dict[str, list[Rule]] = {"rest": [], "stream": []}
        self._count = 0
        self.on_change: Callable[[], None] = _nothing
        self.log: deque[dict[str, Any]] = deque(maxlen=_LOGGED)

    def armed(self, where: str) -> bool:
        """Whether there is any rule for requests (``rest``) or frames (``stream``)."""
        return bool(self._rules[where])

    def asks_for(self, fault: str) -> bool:
        """Whether a rule of this fault is in force."""
        now = self._clock.monotonic()
        return any(rule.fault == fault and not rule.spent(now) for rule in self._rules[KINDS[fault].where])

    def add(self, fields: Mapping[str, Any]) -> Rule:
        """Set a rule.

        Raises
        ------
        PaperError
            It cannot be meant.
        """
        given = dict(fields)
        fault = str(given.pop("fault", ""))
        conditions: dict[str, Any] = {name: given.pop(name) for name in _CONDITIONS if name in given}
        values = values_of(fault, given)
        for name, value in conditions.items():
            if isinstance(value, bool) or not isinstance(value, _CONDITIONS[name]):
                raise PaperError(f"The condition {name} is {value!r}.", "Give numbers as numbers, names as text.")
            if isinstance(value, int | float) and value < 0:
                raise PaperError(f"The condition {name} is {value!r}, below zero.", "Give zero or more.")
        until = self._clock.monotonic() + conditions.pop("seconds") if "seconds" in conditions else None
        self._count += 1
        rule = Rule(self._count, fault, values, until=until, **conditions)
        self._rules[KINDS[fault].where].append(rule)
        self.on_change()
        return rule

    def remove(self, number: int | None = None) -> int:
        """Take a rule back, or all of them; give how many were."""
        before = len(self.rules())
        for where, rules in self._rules.items():
            self._rules[where] = [rule for rule in rules if number is not None and rule.id != number]
        self.on_change()
        return before - len(self.rules())

    def rules(self) -> list[Rule]:
        """Give the rules in force, oldest first."""
        return sorted((rule for rules in self._rules.values() for rule in rules), key=lambda rule: rule.id)

    def strike(self, where: str, occasion: Occasion) -> list[Rule]:
        """Give the rules that strike an occasion, and log each; rules that are spent go."""
        now = self._clock.monotonic()
        struck = [rule for rule in self._rules[where] if rule.strikes(occasion, now)]
        self.log.extend(self._entry(rule, occasion) for rule in struck)
        left = [rule for rule in self._rules[where] if not rule.spent(now)]
        if len(left) < len(self._rules[where]):
            self._rules[where] = left
            self.on_change()
        return struck

    def _entry(self, rule: Rule, occasion: Occasion) -> dict[str, Any]:
        return {
            "rule": rule.id, "fault": rule.fault, "call": rule.seen, "method": occasion.method,
            "endpoint": occasion.endpoint, "instruments": sorted(occasion.instruments),
            "clOrdIds": list(occasion.names), "ts": self._clock.now_ms(),
        }  # fmt: skip


def _nothing() -> None:
    """Nobody needs to hear of rules until somebody says so."""
