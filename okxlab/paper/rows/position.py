"""Positions as OKX's rows: those there are, and those there were."""

from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.closing import closes
from okxlab.paper.accounts.fees import RATES, closing_fee
from okxlab.paper.accounts.limits import maintenance_rate
from okxlab.paper.accounts.position import Position, mean
from okxlab.paper.exact import divided_freely, minus, plain, plus, times
from okxlab.paper.fields import blank
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rows.balance import ratio
from okxlab.paper.venue import Venue

ZERO, ONE = Decimal(0), Decimal(1)
_EMPTY = (
    "hedgedPos baseBal quoteBal baseBorrowed baseInterest quoteBorrowed quoteInterest posCcy nonSettleAvgPx liab "
    "liabCcy interest optVal pendingCloseOrdLiabVal deltaBS deltaPA gammaBS gammaPA thetaBS thetaPA vegaBS vegaPA "
    "spotInUseAmt spotInUseCcy clSpotInUseAmt maxSpotInUseAmt settledPnl bizRefId bizRefType imr margin liqPx bePx"
)
_EMPTY_PAST = "nonSettleAvgPx settledPnl triggerPx"
_FINE = Decimal("1e-8")


def position_row(venue: Venue, position: Position) -> dict[str, Any]:
    """Give the row of account/positions."""
    instrument, standings = position.instrument, venue.standings
    mark, last, usd = standings.marks.mark_price(instrument), _last(venue, instrument), standings.usd(position.currency)
    size = position.size.copy_abs() if position.side != "net" else position.size
    option = instrument.kind == "OPTION"
    row = blank(_EMPTY) | {
        "instType": instrument.kind, "mgnMode": position.mode, "posId": str(position.id), "posSide": position.side,
        "pos": plain(size), "availPos": plain(_available(position)), "avgPx": plain(position.average),
        "upl": plain(position.profit(mark)), "uplRatio": _gain(position, mark),
        "uplLastPx": plain(position.profit(last)), "uplRatioLastPx": _gain(position, last), "instId": instrument.name,
        "lever": "" if option else str(position.leverage), "markPx": plain(mark),
        "mgnRatio": _ratio(venue, position), "mmr": plain(standings.maintenance(position, mark)),
        "tradeId": str(position.trade_id or ""), "notionalUsd": plain(times(position.worth(mark), usd)), "adl": "1",
        "ccy": position.currency, "last": plain(last), "idxPx": plain(standings.marks.index_price(instrument.family)),
        "usdPx": plain(usd), "realizedPnl": plain(realized(position)), "pnl": plain(position.realized),
        "fee": plain(position.fees.copy_negate()), "fundingFee": plain(position.funding),
        "liqPenalty": plain(position.liquidation), "closeOrderAlgo": [], "cTime": str(position.created),
        "uTime": str(position.updated), "bePx": _even(position),
        "liqPx": "" if option else liquidation(venue, position),
    }  # fmt: skip
    if option:
        value = position.worth(mark)
        row |= {"optVal": plain(value if position.long else value.copy_negate())} | _greeks(venue, position)
    if instrument.kind == "MARGIN":
        row |= _loan(position)
    if position.mode == "isolated":
        return row | {"margin": plain(position.margin)}
    if option and position.long:
        return row | {"imr": "0"}
    return row | {"imr": plain(standings.initial(instrument, position.size.copy_abs(), mark, position.leverage))}


def realized(position: Position) -> Decimal:
    """Give what a position has brought in all: profit, fees, funding, and what was forgiven."""
    return plus(minus(position.realized, position.fees), plus(position.funding, position.liquidation))


def past_row(position: Position) -> dict[str, Any]:
    """Give the row of account/positions-history: of a position that was closed, in part (type 1) or whole."""
    instrument, gain = position.instrument, realized(position)
    opened = mean(instrument, position.opened, position.entered)
    initial = divided_freely(position.entered, Decimal(position.leverage))
    direction = "long" if position.bought else "short"
    return blank(_EMPTY_PAST) | {
        "instType": instrument.kind, "instId": instrument.name, "mgnMode": position.mode,
        "type": position.ending or "1", "cTime": str(position.created), "uTime": str(position.updated),
        "openAvgPx": plain(opened), "closeAvgPx": plain(mean(instrument, position.closed, position.left)),
        "posId": str(position.id), "openMaxPos": plain(position.most), "closeTotalPos": plain(position.closed),
        "realizedPnl": plain(gain), "pnlRatio": plain(divided_freely(gain, initial)) if initial else "",
        "fee": plain(position.fees.copy_negate()), "fundingFee": plain(position.funding),
        "liqPenalty": plain(position.liquidation), "pnl": plain(position.realized), "posSide": position.side,
        "lever": str(position.leverage), "direction": direction, "uly": instrument.family, "ccy": position.currency,
    }  # fmt: skip


def risk_row(venue: Venue, position: Position) -> dict[str, Any]:
    """Give a position's row of account/account-position-risk."""
    mark, usd = venue.standings.marks.mark_price(position.instrument), venue.standings.usd(position.currency)
    worth = position.worth(mark)
    return {
        "instType": position.instrument.kind, "mgnMode": position.mode, "posId": str(position.id),
        "instId": position.instrument.name, "pos": plain(position.size), "baseBal": "", "quoteBal": "",
        "posSide": position.side, "posCcy": "", "ccy": position.currency, "notionalCcy": plain(worth),
        "notionalUsd": plain(times(worth, usd)),
    }  # fmt: skip


def liquidation(venue: Venue, position: Position) -> str:
    """Give the price at which a position would be liquidated, all else standing still; empty when there is none."""
    instrument, mark = position.instrument, venue.standings.marks.mark_price(position.instrument)
    size = position.size.copy_abs()
    share = plus(maintenance_rate(instrument, size), RATES[instrument.kind][1])
    behind = position.margin
    if position.mode == "cross":
        standing = venue.standings.of(position.account, (position.currency,))[position.currency]
        own = plus(venue.standings.maintenance(position, mark), closing_fee(position, mark))
        behind = minus(minus(standing.cross, position.profit(mark)), minus(standing.required, own))
    amount = times(size, instrument.terms.value)
    sign = ONE if position.long else -ONE
    if instrument.terms.linear:
        over, under = minus(position.cost, times(sign, behind)), times(amount, minus(ONE, times(sign, share)))
    else:
        over, under = times(amount, plus(ONE, times(sign, share))), plus(position.cost, times(sign, behind))
    if over <= 0 or under <= 0:
        return ""
    return plain(divided_freely(over, under).quantize(_FINE))


def _last(venue: Venue, instrument: Instrument) -> Decimal:
    if instrument.name in venue.listing:
        return venue.feed.price(instrument.name)
    return venue.standings.marks.mark_price(instrument)


def _available(position: Position) -> Decimal:
    """Give what of a position no resting order closes."""
    left = position.size.copy_abs()
    for order in position.account.open.values():
        ask = order.ask
        mine = order.instrument is position.instrument and (ask.mode, ask.pos_side) == (position.mode, position.side)
        if mine and (ask.reduce_only or closes(ask)):
            left = minus(left, order.rest)
    return left if position.side != "net" or position.long else left.copy_negate()


def _gain(position: Position, price: Decimal) -> str:
    """Give profit over the margin a position was entered with."""
    return plain(divided_freely(times(position.profit(price), Decimal(position.leverage)), position.cost))


def _ratio(venue: Venue, position: Position) -> str:
    standings = venue.standings
    if position.mode == "isolated":
        found = standings.ratio(position)
        return plain(found) if found.is_finite() else ""
    if position.account.level == "3":
        required = standings.pooled(position.account, "required")
        return plain(divided_freely(standings.pooled(position.account, "cross"), required)) if required else ""
    return ratio(standings.of(position.account, (position.currency,))[position.currency])


def _loan(position: Position) -> dict[str, str]:
    """Give what a margin position holds and owes: a long one its base currency, a short one what it was sold for."""
    size, base, quote = position.size.copy_abs(), position.instrument.base, position.instrument.quote
    held, owed = ((size, base), (position.cost, quote)) if position.long else ((position.cost, quote), (size, base))
    return {
        "pos": plain(held[0]), "availPos": plain(held[0]), "posCcy": held[1], "liab": plain(owed[0].copy_negate()),
        "liabCcy": owed[1], "interest": "0",
    }  # fmt: skip


def _even(position: Position) -> str:
    """Give the price at which closing brings back what opening cost, both fees paid as a taker."""
    taker = RATES[position.instrument.kind][1]
    if position.instrument.kind == "OPTION":
        return ""
    up, down = plus(ONE, taker), minus(ONE, taker)
    return plain(divided_freely(times(position.average, up if position.long else down), down if position.long else up))


def _greeks(venue: Venue, position: Position) -> dict[str, str]:
    """Give an option position's greeks, in dollars and in coin (floats)."""
    found = venue.reference.greeks(position.instrument)
    amount = float(position.size * position.instrument.terms.value)
    told = {
        "deltaBS": found.delta, "gammaBS": found.gamma, "thetaBS": found.theta, "vegaBS": found.vega,
        "deltaPA": found.coin_delta, "gammaPA": found.coin_gamma, "thetaPA": found.coin_theta,
        "vegaPA": found.coin_vega,
    }  # fmt: skip
    return {name: plain(Decimal(f"{value * amount:.12f}")) for name, value in told.items()}
