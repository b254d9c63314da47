"""What OKX's grid bots suggest to everybody: parameters, smallest investment, most grids, and how RSI triggered."""

from decimal import Decimal
from typing import Any

import numpy as np

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import floored, plain, read
from okxlab.paper.prices.bars import Bar, rounded
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.ladder import least_investment, levels, most_grids, profit_rates
from okxlab.paper.rest.parameters import instrument_of, needed, one_of, whole
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows import quotes

Rows = list[object]
_SPOT, _CONTRACT = "grid", "contract_grid"
_DURATIONS = {"7D": 7, "30D": 30, "180D": 180}
_DIRECTIONS = ("long", "short", "neutral")
_MOST_GRIDS, _MOST_CONTRACT_GRIDS, _SUGGESTED = 1000, 500, 50
_LEVERAGE = "3"
_FINEST = Decimal("0.00000001")
_TIMEFRAMES = ("3m", "5m", "15m", "30m", "1H", "4H", "1D")
_BACK = {"3m": 14_400, "5m": 8640, "15m": 2880, "30m": 1440, "1H": 720, "4H": 180, "1D": 30}  # bars in a month


def suggestion(call: Call) -> Rows:
    """Suggest a grid: the range of late, and steps as wide as the price swings in an hour."""
    params = call.params
    kind, found = _kind(call), instrument_of(call.venue, params)
    duration = one_of(params, "duration", tuple(_DURATIONS), "7D")
    direction = one_of(params, "direction", _DIRECTIONS, "long") if kind == _CONTRACT else ""
    hours = quotes.bars(call.venue, found).newest("1H", _DURATIONS[duration] * 24)
    low, high = _range(found, hours)
    swing = _swing(hours)
    grids = int(min(max(float(high - low) / (float(low) * max(2 * swing, 0.003)), 2), _SUGGESTED))
    grids = min(grids, most_grids(found, low, high, geometric=False, most=_SUGGESTED))
    ladder = levels(found, low, high, grids, geometric=False)
    best, worst = profit_rates(ladder)
    leverage = _LEVERAGE if kind == _CONTRACT else ""
    a_year = _crossings(ladder, hours) / _DURATIONS[duration] * 365 / 2 / grids * float(best + worst) / 2
    currency = found.contract.settle if found.contract else found.quote
    return [
        {
            "instId": found.name, "algoOrdType": kind, "duration": duration, "gridNum": str(grids),
            "maxPx": plain(high), "minPx": plain(low), "perMaxProfitRate": rounded(float(best)),
            "perMinProfitRate": rounded(float(worst)), "perGridProfitRatio": rounded(float(best + worst) / 2),
            "annualizedRate": rounded(a_year), "ccy": currency, "runType": "1", "direction": direction,
            "minInvestment": _amount(least_investment(found, ladder, Decimal(leverage or 1))), "lever": leverage,
            "sourceCcy": currency,
        }
    ]  # fmt: skip


def _range(found: Instrument, hours: list[Bar]) -> tuple[Decimal, Decimal]:
    low = floored(min(bar.low for bar in hours), found.tick)
    return low, max(floored(max(bar.high for bar in hours), found.tick), low + 2 * found.tick)


def _swing(hours: list[Bar]) -> float:
    """Give the usual move of an hour, as a share."""
    closes = np.log([float(bar.close) for bar in hours])
    return float(np.diff(closes).std()) if len(closes) > 2 else 0.0


def _crossings(ladder: list[Decimal], hours: list[Bar]) -> float:
    """Count how many levels the closes went over."""
    rungs = np.searchsorted([float(price) for price in ladder], [float(bar.close) for bar in hours])
    return float(np.abs(np.diff(rungs)).sum()) if len(rungs) > 1 else 0.0


def smallest_investment(call: Call) -> Rows:
    """Give what a grid must be given at least."""
    params = call.params
    kind, found = _kind(call), instrument_of(call.venue, params)
    low, high = _bounds(call, found)
    grids = whole(params, "gridNum", 0)
    if not 2 <= grids <= _MOST_GRIDS:
        raise Refusal("51000" if params.get("gridNum") else "50014", "gridNum")
    leverage = _leverage(call) if kind == _CONTRACT else Decimal(1)
    ladder = levels(found, low, high, grids, geometric=_geometric(call))
    least = least_investment(found, ladder, leverage)
    currency = found.contract.settle if found.contract else found.quote
    data = [{"amt": _amount(least), "ccy": currency}]
    if kind == _SPOT:
        price = call.venue.feed.price(found.name)
        data.append({"amt": _amount(least / price), "ccy": found.base})
    return [{"minInvestmentData": data, "singleAmt": plain(found.minimum)}]


def grid_quantity(call: Call) -> Rows:
    """Give how many grids a range holds at most, each earning more than its fees."""
    kind, found = _kind(call), instrument_of(call.venue, call.params)
    low, high = _bounds(call, found)
    most = _MOST_CONTRACT_GRIDS if kind == _CONTRACT else _MOST_GRIDS
    return [{"maxGridQty": str(most_grids(found, low, high, geometric=_geometric(call), most=most))}]


def _kind(call: Call) -> str:
    kind = one_of(call.params, "algoOrdType", (_SPOT, _CONTRACT))
    found = instrument_of(call.venue, call.params)
    if (found.contract is None) is (kind == _CONTRACT) or found.kind == "OPTION":
        raise Refusal("51000", "instId")
    return kind


def _geometric(call: Call) -> bool:
    return one_of(call.params, "runType", ("1", "2")) == "2"


def _bounds(call: Call, found: Instrument) -> tuple[Decimal, Decimal]:
    low, high = (read(needed(call.params, name)) for name in ("minPx", "maxPx"))
    if not low:
        raise Refusal("51000", "minPx")
    if not high or high <= low + found.tick:
        raise Refusal("51000", "maxPx")
    return low, high


def _leverage(call: Call) -> Decimal:
    leverage = read(str(call.params.get("lever") or "1"))
    if not leverage:
        raise Refusal("51000", "lever")
    return leverage


def _amount(number: Decimal) -> str:
    return plain(floored(number, _FINEST) if number > 0 else Decimal(0))


def rsi_triggers(call: Call) -> Rows:
    """Count how often RSI would have triggered in the last month of bars."""
    params = call.params
    found, frame = instrument_of(call.venue, params), one_of(params, "timeframe", _TIMEFRAMES)
    one_of(params, "duration", ("1M",), "1M")
    needed(params, "thold")
    threshold, period = whole(params, "thold", 0), whole(params, "timePeriod", 14)
    if not 1 <= threshold <= 100:
        raise Refusal("51000", "thold")
    if not 2 <= period <= 200:
        raise Refusal("51000", "timePeriod")
    condition = one_of(params, "triggerCond", ("cross_up", "cross_down", "above", "below", "cross"), "cross_down")
    bars = quotes.bars(call.venue, found).newest(frame, _BACK[frame] + period + 1)
    values = _rsi(np.array([float(bar.close) for bar in bars[::-1]]), period)
    return [{"triggerNum": str(_triggers(values, threshold, condition))}]


def _rsi(closes: Any, period: int) -> Any:
    """Give Wilder's index for each close after the first ``period`` ones."""
    moves = np.diff(closes)
    if len(moves) < period:
        return np.empty(0)
    up, down = moves[:period].clip(0).mean(), (-moves[:period]).clip(0).mean()
    found = [_strength(up, down)]
    for move in moves[period:].tolist():
        up += (max(move, 0.0) - up) / period
        down += (max(-move, 0.0) - down) / period
        found.append(_strength(up, down))
    return np.array(found)


def _strength(up: float, down: float) -> float:
    return 100.0 * up / (up + down) if up + down else 50.0


def _triggers(values: Any, threshold: int, condition: str) -> int:
    above = values > threshold
    up, down = int((above[1:] & ~above[:-1]).sum()), int((~above[1:] & above[:-1]).sum())
    counted = {"cross_up": up, "cross_down": down, "cross": up + down}
    return counted.get(condition, int(above.sum()) if condition == "above" else int((values < threshold).sum()))


_IP = ("ip",)

ROUTES = (
    Route("GET", "tradingBot/grid/ai-param", suggestion, "public", Limit(20, by=_IP)),
    Route("POST", "tradingBot/grid/min-investment", smallest_investment, "public", Limit(20, by=_IP)),
    Route("GET", "tradingBot/grid/grid-quantity", grid_quantity, "public", Limit(5, by=_IP)),
    Route("GET", "tradingBot/public/rsi-back-testing", rsi_triggers, "public", Limit(20, by=_IP)),
)
