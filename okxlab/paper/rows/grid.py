"""A grid bot, its orders and its position as OKX's rows."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from okxlab.paper.accounts.fees import RATES
from okxlab.paper.exact import divided_freely, minus, plain, plus, times
from okxlab.paper.fields import blank
from okxlab.paper.orders.grid import STOPPED, Grid
from okxlab.paper.orders.order import Order
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rows.order import order_row
from okxlab.paper.rows.position import liquidation, position_row
from okxlab.paper.venue import Venue

ONE = Decimal(1)
_HOUR, _HOURS_A_YEAR = 3_600_000, 8760
_EMPTY_TRIGGER = "delaySeconds triggerTime timeframe thold triggerCond timePeriod triggerPx stopType"
_SUB = (
    "instType instId ordId cTime uTime tdMode ccy ordType sz state side px fee feeCcy rebate rebateCcy avgPx accFillSz "
    "posSide pnl lever tag"
)
_POSITION = (
    "instType instId cTime uTime avgPx ccy lever liqPx posSide pos mgnMode mgnRatio imr mmr upl uplRatio last "
    "notionalUsd adl markPx"
)
_CONTRACT_ONLY = "direction basePos sz lever actualLever liqPx uly instFamily ordFrozen availEq fundingFee"
Row = dict[str, Any]


def grid_row(venue: Venue, grid: Grid) -> Row:
    """Give the row of a list of grids."""
    gain = Decimal(grid.final["gain"]) if grid.final else venue.grids.gain(grid)
    return blank(_CONTRACT_ONLY) | {
        "algoId": str(grid.id), "algoClOrdId": grid.client_id, "instType": grid.instrument.kind,
        "instId": grid.instrument.name, "cTime": str(grid.created), "uTime": str(grid.updated),
        "algoOrdType": grid.kind, "state": grid.state, "rebateTrans": [], "triggerParams": _triggers(grid),
        "maxPx": plain(grid.high), "minPx": plain(grid.low), "gridNum": str(grid.count),
        "runType": "2" if grid.geometric else "1", "tpTriggerPx": plain(grid.take) if grid.take else "",
        "slTriggerPx": plain(grid.stop) if grid.stop else "", "arbitrageNum": str(grid.pairs),
        "totalPnl": plain(gain), "pnlRatio": plain(divided_freely(gain, grid.invested)) if grid.invested else "0",
        "investment": plain(grid.invested), "gridProfit": plain(grid.profit),
        "floatProfit": plain(minus(gain, grid.profit)), "cancelType": grid.cancel_type, "stopType": grid.stop_type,
        "quoteSz": plain(grid.quote) if grid.spot else "", "baseSz": plain(grid.base) if grid.spot else "",
        "tag": grid.tag, "profitSharingRatio": "", "copyType": "0", "fee": plain(grid.fees.copy_negate()),
        "feeCcy": grid.currency, "tradeQuoteCcy": grid.instrument.quote if grid.spot else "",
    } | ({} if grid.spot else _contract(venue, grid))  # fmt: skip


def past_row(venue: Venue, grid: Grid) -> Row:
    """Give the row of a list of grids that are over."""
    return grid_row(venue, grid) | {"stopResult": grid.stop_result}


def details_row(venue: Venue, grid: Grid) -> Row:
    """Give all that is told of a grid; yearly rates are simple ones over the whole hours since it began."""
    row, purse, ledger = grid_row(venue, grid), grid.purse.uid, venue.ledger
    best, worst = profit_rates(grid.instrument, grid.levels, grid.lever)
    hours = _hours(venue, grid)
    row |= {
        "tradeNum": str(grid.trades), "singleAmt": plain(grid.size) if grid.size else "",
        "perMinProfitRate": plain(worst), "perMaxProfitRate": plain(best),
        "runPx": plain(grid.price) if grid.price else "", "totalAnnualizedRate": _yearly(grid, row["totalPnl"], hours),
        "annualizedRate": _yearly(grid, row["gridProfit"], hours), "activeOrdNum": str(len(grid.purse.open)),
        "profit": plain(venue.grids.income(grid)), "stopResult": grid.stop_result, "curQuoteSz": "", "curBaseSz": "",
        "eq": "", "tpRatio": plain(grid.take_ratio) if grid.take_ratio else "",
        "slRatio": plain(grid.stop_ratio) if grid.stop_ratio else "",
    }  # fmt: skip
    if grid.spot:
        return row | {
            "curQuoteSz": plain(ledger.balance(purse, grid.instrument.quote)),
            "curBaseSz": plain(ledger.balance(purse, grid.instrument.base)),
        }  # fmt: skip
    return row | {"eq": grid.final["equity"] if grid.final else plain(venue.grids.equity(grid))}


def sub_row(grid: Grid, order: Order) -> Row:
    """Give the row of an order of a grid's: an opening and the closing that follows it share a group."""
    row, contract = order_row(order), grid.instrument.contract
    return {name: row[name] for name in _SUB.split()} | {
        "algoId": str(grid.id), "algoClOrdId": grid.client_id, "algoOrdType": grid.kind,
        "groupId": order.ask.client_id or "0", "ctVal": plain(contract.value) if contract else "",
    }  # fmt: skip


def positions(venue: Venue, grid: Grid) -> list[Row]:
    """Give the position of a contract grid, if it has one."""
    position = grid.position
    if position is None:
        return []
    row = position_row(venue, position)
    return [{name: row[name] for name in _POSITION.split()} | {"algoId": str(grid.id), "algoClOrdId": grid.client_id}]


def profit_rates(instrument: Instrument, ladder: list[Decimal], lever: int) -> tuple[Decimal, Decimal]:
    """Give the largest and the smallest profit of a pair over what it ties up, as a taker: OKX's way to show them.

    >>> spot = Instrument("BTC-USDT", ONE, ONE, ONE)
    >>> [plain(rate) for rate in profit_rates(spot, [Decimal(400), Decimal(860)], 1)]
    ['1.14570215', '1.14570215']
    """
    fee = RATES[instrument.kind][1]
    rates = []
    for low, high in pairwise(ladder):
        if instrument.contract is None:
            left = minus(ONE, fee)
            rates.append(minus(divided_freely(times(high, times(left, left)), low), ONE))
        else:
            gain = minus(minus(high, low), times(fee, plus(high, low)))
            rates.append(divided_freely(gain, plus(divided_freely(low, Decimal(lever)), times(fee, low))))
    return max(rates), min(rates)


def _contract(venue: Venue, grid: Grid) -> Row:
    terms, position = grid.instrument.terms, grid.position
    row: Row = {
        "direction": grid.direction, "basePos": grid.opens, "sz": plain(grid.quote), "lever": str(grid.lever),
        "uly": terms.family, "instFamily": terms.family, "actualLever": "", "liqPx": "",
        "fundingFee": plain(grid.funding),
    }  # fmt: skip
    if grid.state == STOPPED:
        return row
    standing = venue.standings.of(grid.purse, (grid.currency,))[grid.currency]
    row |= {"ordFrozen": plain(minus(standing.held, standing.isolated)), "availEq": plain(standing.available)}
    if position is not None:
        worth = position.worth(venue.standings.marks.mark_price(grid.instrument))
        row["liqPx"] = liquidation(venue, position)
        row["actualLever"] = plain(divided_freely(worth, standing.equity)) if standing.equity > 0 else ""
    return row


def _triggers(grid: Grid) -> list[Row]:
    """Give triggerParams: when it began or begins, and when it ends."""
    empty = blank(_EMPTY_TRIGGER)
    began = str(grid.launched) if grid.launched else ""
    start = {"triggerAction": "start", "triggerStrategy": "instant", "triggerType": "auto", "triggerTime": began}
    if grid.starts:
        start |= {"triggerStrategy": "price", "triggerPx": grid.starts[0]}
    end = {"triggerAction": "stop", "triggerStrategy": "instant", "triggerType": "manual"}
    if grid.ends:
        end |= {"triggerStrategy": "price", "triggerType": "auto", "triggerPx": grid.ends[0], "stopType": grid.ends[2]}
    return [empty | start, empty | end]


def _hours(venue: Venue, grid: Grid) -> int:
    """Give the whole hours a grid has run for."""
    until = grid.updated if grid.final else venue.clock.now_ms()
    return (until - grid.launched) // _HOUR if grid.launched else 0


def _yearly(grid: Grid, amount: str, hours: int) -> str:
    if not hours or not grid.invested:
        return "0"
    ratio = divided_freely(Decimal(amount), grid.invested)
    return plain(divided_freely(times(ratio, Decimal(_HOURS_A_YEAR)), Decimal(hours)))
