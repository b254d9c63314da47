"""The row of account/balance: what an account has, and how it stands."""

from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.standing import Standing
from okxlab.paper.exact import divided_freely, minus, plain, plus, times
from okxlab.paper.fields import blank
from okxlab.paper.venue import Venue

ZERO = Decimal(0)
_EMPTY = (
    "isoEq adjEq availEq ordFroz imr mmr borrowFroz mgnRatio notionalUsd notionalUsdForBorrow notionalUsdForSwap "
    "notionalUsdForFutures notionalUsdForOption upl delta deltaLever deltaNeutralStatus"
)
_EMPTY_DETAIL = (
    "isoEq availEq disEq fixedBal liab upl uplLiab crossLiab isoLiab rewardBal mgnRatio imr mmr interest twap frpType "
    "maxLoan borrowFroz notionalLever stgyEq isoUpl spotInUseAmt clSpotInUseAmt maxSpotInUse spotIsoBal smtSyncEq "
    "spotCopyTradingEq openAvgPx accAvgPx spotUpl spotUplRatio totalPnl totalPnlRatio colRes colBorrAutoConversion "
    "autoLendMtAmt"
)
_KINDS = {"SWAP": "notionalUsdForSwap", "FUTURES": "notionalUsdForFutures", "OPTION": "notionalUsdForOption"}


def balance(venue: Venue, account: Account, wanted: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Give the row; ``wanted`` narrows the currencies listed. What only multi-currency mode has is empty elsewhere."""
    now, standings = str(venue.clock.now_ms()), venue.standings
    details, worth, isolated = [], ZERO, ZERO
    bots = venue.grids.owned(account) if venue.grids.live else {}
    for currency, standing in ({name: Standing() for name in bots} | standings.of(account)).items():
        price = standings.usd(currency)
        worth = plus(worth, times(plus(standing.equity, bots.get(currency, ZERO)), price))
        isolated = plus(isolated, times(isolated_equity(standing), price))
        if not wanted or currency in wanted:
            detail = _detail(venue, account, currency, standing) | {"uTime": now}
            details.append(detail | _with_bots(detail, bots[currency], price) if currency in bots else detail)
    row = blank(_EMPTY) | {
        "uTime": now, "totalEq": plain(worth), "isoEq": plain(isolated), "details": details,
    }  # fmt: skip
    return row | _pooled(venue, account) if account.level == "3" else row


def _with_bots(detail: dict[str, Any], equity: Decimal, price: Decimal) -> dict[str, str]:
    """Count what grid bots have among what is owned and cannot be used, as OKX does; it is not in the cash balance."""
    whole = plus(Decimal(detail["eq"]), equity)
    frozen = plus(Decimal(detail["frozenBal"]), equity)
    return {
        "eq": plain(whole), "eqUsd": plain(times(whole, price)), "frozenBal": plain(frozen), "stgyEq": plain(equity)
    }  # fmt: skip


def isolated_equity(standing: Standing) -> Decimal:
    """Give the equity of isolated positions."""
    return plus(standing.isolated, standing.isolated_profit)


def ratio(standing: Standing) -> str:
    """Give what stands behind cross positions, over what must."""
    return plain(divided_freely(standing.cross, standing.required)) if standing.required else ""


def _detail(venue: Venue, account: Account, currency: str, standing: Standing) -> dict[str, Any]:
    contracts, equity = account.level != "1", standing.equity
    owed = max(standing.balance.copy_negate(), ZERO)
    row = blank(_EMPTY_DETAIL) | {
        "ccy": currency, "eq": plain(equity), "cashBal": plain(standing.balance), "spotBal": plain(standing.balance),
        "availBal": plain(max(venue.standings.cash_left(account, currency), ZERO)),
        "frozenBal": plain(plus(standing.held, standing.initial)),
        "ordFrozen": plain(minus(standing.held, standing.isolated)),
        "eqUsd": plain(times(equity, venue.standings.usd(currency))), "collateralRestrict": False,
        "collateralEnabled": False, "autoLendStatus": "unsupported", "isoEq": plain(isolated_equity(standing)),
        "fixedBal": "0", "stgyEq": "0", "rewardBal": "0",
    }  # fmt: skip
    if contracts:
        row |= {
            "availEq": plain(max(standing.available, ZERO)), "upl": plain(plus(standing.profit, standing.options)),
            "isoUpl": plain(standing.isolated_profit), "imr": plain(standing.initial),
            "mmr": plain(standing.maintenance), "mgnRatio": ratio(standing), "disEq": row["eqUsd"],
        }  # fmt: skip
    if account.level == "3":
        row |= {"liab": plain(owed), "crossLiab": plain(owed), "isoLiab": "0", "interest": "0", "uplLiab": "0"}
    return row


def _pooled(venue: Venue, account: Account) -> dict[str, str]:
    """Give the figures of all currencies together, in USD."""
    pooled = venue.standings.pooled
    required, equity = pooled(account, "required"), pooled(account, "equity")
    notional = dict.fromkeys((*_KINDS.values(), "notionalUsdForBorrow"), ZERO)
    for position in account.positions.values():
        name = _KINDS.get(position.instrument.kind, "notionalUsdForBorrow")
        mark = venue.standings.marks.mark_price(position.instrument)
        value = times(position.worth(mark), venue.standings.usd(position.currency))
        notional[name] = plus(notional[name], value)
    return {name: plain(value) for name, value in notional.items()} | {
        "adjEq": plain(equity), "availEq": plain(max(pooled(account, "available"), ZERO)),
        "ordFroz": plain(minus(pooled(account, "held"), pooled(account, "isolated"))),
        "imr": plain(pooled(account, "initial")), "mmr": plain(pooled(account, "maintenance")),
        "mgnRatio": plain(divided_freely(pooled(account, "cross"), required)) if required else "",
        "notionalUsd": plain(sum(notional.values(), ZERO)), "upl": plain(pooled(account, "profit")), "borrowFroz": "0",
    }  # fmt: skip
