"""The account: balance, positions, configuration, fees."""

from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.limits import largest
from okxlab.paper.accounts.position import Position
from okxlab.paper.accounts.record import read_position
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.fields import blank
from okxlab.paper.rest import public
from okxlab.paper.rest.history import THREE_MONTHS, page
from okxlab.paper.rest.parameters import kind_of, listed_in, needed
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows import account as rows
from okxlab.paper.rows.balance import balance as balance_row
from okxlab.paper.rows.position import past_row, position_row, risk_row

Rows = list[Any]
_EMPTY = "elp posLmtAmt posLmtPct maxPlatOILmt maxPlatOICoinLmt longPosRemainingQuota shortPosRemainingQuota"
_GREEKS = ("deltaBS", "deltaPA", "gammaBS", "gammaPA", "thetaBS", "thetaPA", "vegaBS", "vegaPA")


def balance(call: Call) -> Rows:
    """Give the account's balance."""
    return [balance_row(call.venue, call.account, listed_in(call.params, "ccy"))]


def positions(call: Call) -> Rows:
    """Give the positions, the newest first."""
    return [position_row(call.venue, position) for position in reversed(_held(call))]


def past_positions(call: Call) -> Rows:
    """Give positions that were closed, in part or whole, the newest first; ``after`` and ``before`` are times."""
    params, venue = call.params, call.venue
    after, before, limit = page(params)
    oldest = venue.clock.now_ms() - THREE_MONTHS
    query = (
        "SELECT record FROM past_positions WHERE uid = ? AND updated < ? AND updated > ? AND updated >= ? "
        "ORDER BY updated DESC, id DESC"
    )
    found: Rows = []
    for record in call.archive.rows(query, (call.account.uid, after, before, oldest)):
        instrument = venue.listing.known(record["instrument"])
        if instrument.contract is None and not instrument.lever:
            continue
        row = past_row(read_position(record, call.account, instrument))
        if all(
            not params.get(key) or params[key] == row[key] for key in ("instType", "instId", "mgnMode", "type", "posId")
        ):
            found.append(row)
        if len(found) == limit:
            break
    return found


def risk(call: Call) -> Rows:
    """Give balances and positions at one moment."""
    venue, standings = call.venue, call.venue.standings
    balances = [
        {"ccy": currency, "eq": plain(standing.equity), "disEq": plain(standing.equity * standings.usd(currency))}
        for currency, standing in standings.of(call.account).items()
    ]
    adjusted = plain(standings.pooled(call.account, "equity")) if call.account.level == "3" else ""
    held = [risk_row(venue, position) for position in _held(call)]
    return [{"ts": str(venue.clock.now_ms()), "adjEq": adjusted, "balData": balances, "posData": held}]


def config(call: Call) -> Rows:
    """Give the account's configuration, and what the key that asks may do."""
    return [rows.config(call.account, call.key)]


def instruments(call: Call) -> Rows:
    """List what the account may trade."""
    hidden = {"alias", "category"}
    found = [row.row() for row in public.chosen(call)]
    return [blank(_EMPTY) | {name: row[name] for name in row if name not in hidden} for row in found]


def trade_fee(call: Call) -> Rows:
    """Give the fee rates."""
    kind = kind_of(call.params)
    if call.params.get("instId") and call.params["instId"] not in call.venue.listing:
        raise Refusal("51001")
    return [rows.fees(call.venue, kind)]


def position_tiers(call: Call) -> Rows:
    """Give the largest position of families."""
    kind, families = kind_of(call.params), listed_in(call.params, "instFamily")
    if not families:
        needed(call.params, "instFamily")
    found: Rows = []
    for family in sorted(families):
        row = next((row for row in call.venue.listing.kind(kind) if row.family == family), None)
        if row is None:
            raise Refusal("51001")
        most = largest(row, 1)
        found.append(
            {"uly": family, "instFamily": family, "maxSz": plain(most) if most.is_finite() else "", "posType": ""}
        )
    return found


def greeks(call: Call) -> Rows:
    """Give the greeks of option positions, added up by currency."""
    wanted, now = listed_in(call.params, "ccy"), str(call.venue.clock.now_ms())
    found: dict[str, dict[str, Decimal]] = {}
    for position in call.account.positions.values():
        if position.instrument.kind == "OPTION":
            sums = found.setdefault(position.currency, dict.fromkeys(_GREEKS, Decimal(0)))
            row = position_row(call.venue, position)
            for name in _GREEKS:
                sums[name] += Decimal(row[name])
    return [
        {name: plain(value) for name, value in sums.items()} | {"ccy": currency, "ts": now}
        for currency, sums in found.items()
        if not wanted or currency in wanted
    ]


def risk_state(call: Call) -> Rows:
    """Tell that nothing is locked: portfolio margin is not to be had here."""
    return [{"atRisk": False, "atRiskIdx": [], "atRiskMgn": [], "ts": str(call.venue.clock.now_ms())}]


def _held(call: Call) -> list[Position]:
    names, ids, kinds = (listed_in(call.params, key) for key in ("instId", "posId", "instType"))
    return [
        row
        for row in call.account.positions.values()
        if (not names or row.instrument.name in names)
        and (not ids or str(row.id) in ids)
        and (not kinds or row.instrument.kind in kinds)
    ]


_TEN = Limit(10)
ROUTES = (
    Route("GET", "account/balance", balance, "read", _TEN),
    Route("GET", "account/positions", positions, "read", _TEN),
    Route("GET", "account/positions-history", past_positions, "read", _TEN),
    Route("GET", "account/account-position-risk", risk, "read", _TEN),
    Route("GET", "account/config", config, "read", Limit(5)),
    Route("GET", "account/instruments", instruments, "read", Limit(20, by=("user", "instType"))),
    Route("GET", "account/trade-fee", trade_fee, "read", Limit(5)),
    Route("GET", "account/position-tiers", position_tiers, "read", _TEN),
    Route("GET", "account/greeks", greeks, "read", _TEN),
    Route("GET", "account/risk-state", risk_state, "read", _TEN),
)
