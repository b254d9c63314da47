"""The breaker: who is told that the account may not trade, or again and again that it lacks money, stops asking."""

from collections import deque

from okxlab.exchange import next_step

BARRED = frozenset({"50027", "50100", "51024", "51155"})  # OKX: restricted, frozen, or not in this country
BROKE = frozenset({"51008", "51119", "51127", "51131"})  # OKX: not enough balance or margin, each in its own words
TIMES, SECONDS = 3, 60.0


class Breaker:
    """Halts one strategy at the first rejection that bars its account, and at the third for want of money.

    Examples
    --------
    >>> breaker = Breaker()
    >>> [breaker.saw("51008", now) for now in (0.0, 1.0, 2.0)][-1]
    'the exchange said 3 times in 60 seconds that there is not enough money (51008)'
    """

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=TIMES)

    def saw(self, code: str, now: float) -> str:
        """Take in the code of a rejection at ``now`` (monotonic seconds); give why to halt, empty while all is well."""
        if code in BARRED:
            return f"the exchange does not let this account trade ({code}). {next_step(code)}"
        if code not in BROKE:
            return ""
        self._seen.append(now)
        if len(self._seen) < TIMES or now - self._seen[0] > SECONDS:
            return ""
        self._seen.clear()  # whoever resumes has as many tries again
        return f"the exchange said {TIMES} times in {SECONDS:.0f} seconds that there is not enough money ({code})"
