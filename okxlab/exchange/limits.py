"""What OKX allows: so many requests in so many seconds, counted by address, by user, and by what a request names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import parse_qs

import orjson

_PREFIX = "/api/v5/"
_SUB_ACCOUNT = "|sub-account|"
_HEADROOM = 0.8  # of what changes something: other programs and OKX's own pages use the same key's budget


@dataclass(frozen=True, slots=True)
class Limit:
    """``count`` requests in ``seconds``; ``by`` is ``ip`` or ``user``, then the parameters with a limit each."""

    count: int
    seconds: float
    by: tuple[str, ...]


class Share(NamedTuple):
    """What one request ``takes`` of one limit, of the ``allowed`` of what ``name`` may in ``seconds``."""

    name: str
    allowed: int
    seconds: float
    takes: int = 1

    @property
    def of_sub_account(self) -> bool:
        """Whether it is of the limit that all instruments share."""
        return self.name.endswith(_SUB_ACCOUNT)


Kind = Literal["read", "cancel", "order"]


class Demand(NamedTuple):
    """What a request asks of the limits: ``kind`` is what it is for, ``signed`` whether OKX counts it by user."""

    kind: Kind
    signed: bool
    shares: Sequence[Share]


_ONE, _MANY = Limit(60, 2, ("user", "instId")), Limit(300, 2, ("user", "instId"))

_READS = {
    Limit(1, 2, ("ip",)): "market/exchange-rate",
    Limit(1, 5, ("ip",)): "public/economic-calendar",
    Limit(2, 2, ("ip",)): """
        market/platform-24-volume public/discount-rate-interest-free-quota public/interest-rate-loan-quota""",
    Limit(2, 5, ("ip",)): "public/market-data-history",
    Limit(5, 2, ("ip",)): "public/instrument-tick-bands tradingBot/grid/grid-quantity",
    Limit(10, 2, ("ip",)): """
        market/books-full market/history-index-candles public/time public/convert-contract-coin public/insurance-fund
        public/position-tiers public/event-contract/events public/event-contract/markets
        public/event-contract/series""",
    Limit(20, 2, ("ip",)): """
        market/tickers market/ticker market/history-candles market/history-trades market/index-tickers
        market/index-candles market/index-components market/mark-price-candles market/history-mark-price-candles
        market/call-auction-details market/option/instrument-family-trades public/option-trades public/premium-history
        public/price-limit public/underlying tradingBot/grid/ai-param tradingBot/public/rsi-back-testing""",
    Limit(40, 2, ("ip",)): "market/books market/candles",
    Limit(100, 2, ("ip",)): "market/trades",
    Limit(20, 2, ("ip", "instType")): "public/instruments",
    Limit(20, 2, ("ip", "instFamily")): "public/opt-summary",
    Limit(40, 2, ("ip", "instFamily")): "public/settlement-history",
    Limit(40, 2, ("ip", "instType", "instFamily")): "public/delivery-exercise-history",
    Limit(20, 2, ("ip", "instId")): "public/open-interest",
    Limit(10, 2, ("ip", "instId")): """
        public/estimated-price public/estimated-settlement-info public/funding-rate public/funding-rate-history
        public/mark-price""",
    Limit(10, 10, ("ip", "instIdCode")): "market/books-sbe",
    Limit(1, 1, ("user",)): "trade/account-rate-limit asset/asset-valuation asset/bills-history",
    Limit(1, 2, ("user",)): """
        account/precheck-set-delta-neutral asset/deposit-withdraw-status trade/easy-convert-currency-list
        trade/easy-convert-history trade/one-click-repay-currency-list trade/one-click-repay-currency-list-v2
        trade/one-click-repay-history trade/one-click-repay-history-v2""",
    Limit(2, 2, ("user",)): "account/move-positions-history",
    Limit(5, 1, ("user",)): "account/bills",
    Limit(5, 2, ("user",)): """
        account/adjust-leverage-info account/bills-archive account/collateral-assets account/config
        account/interest-accrued account/interest-limits account/interest-rate account/mmp-config
        account/set-account-switch-precheck account/spot-borrow-repay-history account/trade-fee""",
    Limit(6, 1, ("user",)): """
        asset/balances asset/bills asset/currencies asset/deposit-address asset/deposit-history
        asset/non-tradable-assets asset/withdrawal-history""",
    Limit(6, 2, ("user",)): "account/subaccount/balances asset/subaccount/balances",
    Limit(10, 1, ("user",)): "asset/transfer-state",
    Limit(10, 2, ("user",)): """
        account/account-position-risk account/balance account/bills-history-archive account/greeks
        account/position-tiers account/positions account/positions-history account/risk-state trade/fills-history""",
    Limit(20, 2, ("user",)): """
        account/leverage-info account/max-avail-size account/max-loan account/max-size account/max-withdrawal
        account/subaccount/max-withdrawal account/subtypes trade/order-algo trade/orders-algo-history
        trade/orders-algo-pending trade/orders-history-archive tradingBot/grid/orders-algo-details
        tradingBot/grid/orders-algo-history tradingBot/grid/orders-algo-pending tradingBot/grid/positions
        tradingBot/grid/sub-orders users/subaccount/apikey users/subaccount/list""",
    Limit(40, 2, ("user",)): "trade/orders-history",
    Limit(60, 2, ("user",)): "trade/fills trade/orders-pending",
    Limit(20, 2, ("user", "instType")): "account/instruments",
    _ONE: "trade/order",
}
_SENDS = {
    Limit(20, 2, ("ip",)): "tradingBot/grid/min-investment",
    Limit(1, 1, ("user", "tag")): "trade/cancel-all-after",
    Limit(5, 2, ("user",)): "account/set-position-mode trade/mass-cancel trade/order-precheck",
    Limit(20, 2, ("user",)): """
        account/set-leverage tradingBot/grid/adjust-investment tradingBot/grid/amend-algo-basic-param
        tradingBot/grid/amend-order-algo tradingBot/grid/cancel-close-order tradingBot/grid/close-position
        tradingBot/grid/compute-margin-balance tradingBot/grid/margin-balance tradingBot/grid/stop-order-algo
        tradingBot/grid/withdraw-income""",
    Limit(20, 2, ("user", "instId")): """
        trade/amend-algos trade/cancel-algos trade/close-position trade/order-algo tradingBot/grid/order-algo
        tradingBot/grid/order-instant-trigger""",
    _ONE: "trade/order trade/amend-order trade/cancel-order",
    _MANY: "trade/batch-orders trade/amend-batch-orders trade/cancel-batch-orders",
}
# a batch of one counts with single orders
_SINGLE = {
    "trade/batch-orders": "trade/order",
    "trade/amend-batch-orders": "trade/amend-order",
    "trade/cancel-batch-orders": "trade/cancel-order",
}
# new and amended orders of derivatives on all instruments together; code 50061 tells that it was passed
_OF_SUB_ACCOUNT = Limit(1000, 2, ("user",))
_NEW = {"trade/order", "trade/batch-orders", "trade/amend-order", "trade/amend-batch-orders"}
UNLISTED = Limit(5, 2, ("user",))
LIMITS: dict[tuple[str, str], Limit] = {
    (method, path): limit
    for method, table in (("GET", _READS), ("POST", _SENDS))
    for limit, paths in table.items()
    for path in paths.split()
}


def demand(method: str, target: str, body: bytes | str | None, counted: dict[str, str]) -> Demand:
    """Give what a request takes of each limit that it counts in; requests that change something keep a fifth unused.

    Parameters
    ----------
    target
        Path and query, as sent.
    counted
        Who is counted: the host as ``ip`` and the key as ``user``.

    Examples
    --------
    >>> asked = demand("GET", "/api/v5/public/instruments?instType=SPOT", None, {"ip": "okx", "user": "okx k"})
    >>> asked.shares[0].name, asked.shares[0].allowed
    ('okx|GET public/instruments|SPOT', 20)
    >>> order = b'{"instId":"BTC-USDT-SWAP","sz":"1"}'
    >>> for share in demand("POST", "/api/v5/trade/order", order, {"ip": "okx", "user": "okx k"}).shares:
    ...     print(share.name, share.allowed)
    okx k|POST trade/order|BTC-USDT-SWAP 48
    okx k|sub-account| 800
    """
    path, _, query = target.partition("?")
    path = path.removeprefix(_PREFIX)
    rows = _rows(body) if method == "POST" else [{}]
    if len(rows) == 1:
        path = _SINGLE.get(path, path)
    limit = LIMITS.get((method, path), UNLISTED)
    who, *keys = limit.by
    if keys and method != "POST":
        rows = [{key: values[0] for key, values in parse_qs(query).items()}]
    allowed = _allowed(limit, method)
    place = f"{counted[who]}|{method} {path}|"
    counts: dict[str, int] = {}
    for row in rows:
        name = place + " ".join([_named(key, row) for key in keys])
        counts[name] = counts.get(name, 0) + 1
    taken = [
        Share(name, allowed, limit.seconds, min(count, allowed) if limit is _MANY else 1)
        for name, count in counts.items()
    ]
    if method == "POST" and path in _NEW:
        taken += _of_sub_account(counted["user"], rows)
    return Demand(kind_of(method, path), who == "user", taken)


def share_of(name: str) -> Share | None:
    """Give one request's share of the limit of this name; None when the name is no limit's."""
    operation = name.split("|", 2)[1]
    method, _, path = operation.partition(" ")
    if name.endswith(_SUB_ACCOUNT):
        limit = _OF_SUB_ACCOUNT
    elif path:
        limit = LIMITS.get((method, path), UNLISTED)
    else:
        return None
    return Share(name, _allowed(limit, method), limit.seconds)


def kind_of(method: str, path: str) -> Kind:
    """Tell what a request is for: a cancellation goes before all others.

    >>> [kind_of("POST", path) for path in ("trade/cancel-batch-orders", "trade/amend-order")]
    ['cancel', 'order']
    """
    if method == "GET":
        return "read"
    return "cancel" if "cancel" in path or path.endswith("stop-order-algo") else "order"


def _allowed(limit: Limit, method: str) -> int:
    return limit.count if method == "GET" else max(1, int(limit.count * _HEADROOM))


def _of_sub_account(user: str, rows: Sequence[dict[str, object]]) -> Iterator[Share]:
    """Count what is not of a spot pair: BTC-USDT is one, BTC-USDT-SWAP is not, and what has no name may be none."""
    allowed = _allowed(_OF_SUB_ACCOUNT, "POST")
    derivatives = sum(str(row.get("instId", "")).count("-") != 1 for row in rows)
    if derivatives:
        yield Share(user + _SUB_ACCOUNT, allowed, _OF_SUB_ACCOUNT.seconds, min(derivatives, allowed))


def _named(key: str, row: dict[str, object]) -> str:
    """Give what a request names; an option counts with its family."""
    value = str(row.get(key, ""))
    return value.rsplit("-", 3)[0] if key == "instId" and value.count("-") == 4 else value


def _rows(body: bytes | str | None) -> list[dict[str, object]]:
    told = orjson.loads(body) if body else {}
    rows = told if isinstance(told, list) else [told]
    return [row for row in rows if isinstance(row, dict)] or [{}]
