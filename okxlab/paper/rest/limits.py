"""OKX's request limits: so many in a window by user, address or instrument, the same over REST and streams."""

from collections.abc import Mapping, Sequence

from okxlab.paper.codes import Refusal
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rest.route import Call, Limit, Route

ONE, MANY = Limit(60, by=("user", "instId")), Limit(300, by=("user", "instId"))
OF_SUB_ACCOUNT = Limit(1000)  # new and amended orders of derivatives
# what counts together, over REST and streams alike
OPERATIONS = {
    "trade/order": "place", "trade/batch-orders": "place",
    "trade/amend-order": "amend", "trade/amend-batch-orders": "amend",
    "trade/cancel-order": "cancel", "trade/cancel-batch-orders": "cancel",
}  # fmt: skip
_MOST_WINDOWS = 10_000
_LONGEST_NAME = 64

Key = tuple[str, ...]


class Limiter:
    """Counts requests in windows that begin with their first request, by protocol time.

    Parameters
    ----------
    instruments
        By OKX's id: an option counts with its family, and derivatives in the sub-account's limit too.
    on
        Whether anything is ever refused.
    """

    def __init__(self, instruments: Mapping[str, Instrument], *, on: bool = True) -> None:
        self.on = on
        self._instruments = instruments
        self._windows: dict[Key, list[int]] = {}  # its end (ms), and how many are left

    def admit(self, route: Route, call: Call) -> None:
        """Count a request; 50011, or 50061 for the sub-account's limit, when it is one too many."""
        limit = route.limit
        if limit is None or not self.on:
            return
        now = call.arrived // 1000
        operation = OPERATIONS.get(route.path) if route.method == "POST" else None
        if operation is not None:
            rows = call.body if route.listed else [call.body]
            self.orders(operation, call.account.uid, [row.get("instId") for row in rows], now)
            return
        named = [_value(call, name) for name in limit.by]
        self._take([((route.method, route.path, *named), limit, 1)], now)

    def orders(self, operation: str, uid: str, names: Sequence[object], now: int) -> None:
        """Count orders that are to be placed, amended or canceled: a batch of one counts as one order does.

        Parameters
        ----------
        operation
            ``place``, ``amend`` or ``cancel``.
        names
            The instId of each, whatever the request has there.
        now
            Protocol time in ms.
        """
        if not self.on:
            return
        size, limit = ("one", ONE) if len(names) == 1 else ("many", MANY)
        counts: dict[Key, int] = {}
        derivatives = 0
        for name in names:
            instrument = self._instruments.get(name) if isinstance(name, str) else None
            bucket = "" if instrument is None else instrument.name
            if instrument is not None and instrument.contract is not None:
                derivatives += 1
                bucket = instrument.contract.family if instrument.kind == "OPTION" else bucket
            key = operation, size, uid, bucket
            counts[key] = counts.get(key, 0) + 1
        wanted = [(key, limit, count) for key, count in counts.items()]
        if derivatives and operation != "cancel":
            wanted.append((("derivatives", uid), OF_SUB_ACCOUNT, derivatives))
        self._take(wanted, now)

    def _take(self, wanted: Sequence[tuple[Key, Limit, int]], now: int) -> None:
        """Take all that is wanted or nothing."""
        windows = []
        for key, limit, count in wanted:
            window = self._windows.get(key)
            if window is None or not 0 < window[0] - now <= limit.window_ms:  # over, or the clock was set
                window = self._windows[key] = [now + limit.window_ms, limit.count]
                if len(self._windows) > _MOST_WINDOWS:
                    self._sweep(now)
            if window[1] < count:
                raise Refusal("50061" if limit is OF_SUB_ACCOUNT else "50011")
            windows.append((window, count))
        for window, count in windows:
            window[1] -= count

    def _sweep(self, now: int) -> None:
        """Forget the windows that are over; when none is, the older half."""
        self._windows = {key: window for key, window in self._windows.items() if window[0] > now}
        for key in list(self._windows)[: max(len(self._windows) - _MOST_WINDOWS // 2, 0)]:
            del self._windows[key]


def _value(call: Call, name: str) -> str:
    if name == "user":
        return call.account.uid
    return call.ip if name == "ip" else str(call.params.get(name) or "")[:_LONGEST_NAME]
