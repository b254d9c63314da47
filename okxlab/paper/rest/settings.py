"""What an account may set: its modes, its leverage, and what is only kept and shown."""

from collections.abc import Callable
from typing import Any

from okxlab.paper.accounts.leverage import highest, leverage
from okxlab.paper.accounts.modes import (
    LEVELS,
    SIDES,
    busy,
    change_margin,
    may_switch,
    set_hedged,
    set_level,
    set_leverage,
)
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain, read
from okxlab.paper.products.borrowing import margin_pair
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rest.parameters import Params, needed, one_of
from okxlab.paper.rest.route import Call, Limit, Route

Rows = list[Any]
_MODES = ("cross", "isolated")
_SWITCHES = {"true": True, "false": False}


def position_mode(call: Call) -> Rows:
    """Set net_mode or long_short_mode."""
    mode = one_of(call.params, "posMode", ("net_mode", "long_short_mode"))
    set_hedged(call.venue, call.account, hedged=mode == "long_short_mode")
    return [{"posMode": mode}]


def account_level(call: Call) -> Rows:
    """Set the account mode."""
    level = one_of(call.params, "acctLv", LEVELS)
    set_level(call.venue, call.account, level)
    return [{"acctLv": level}]


def preset(call: Call) -> Rows:
    """Take note of a coming change of the account mode; nothing needs to be prepared here."""
    level = one_of(call.params, "acctLv", LEVELS)
    return [
        {
            "curAcctLv": call.account.level,
            "acctLv": level,
            "lever": call.params.get("lever") or "",
            "riskOffsetType": "",
        }
    ]


def precheck(call: Call) -> Rows:
    """Tell whether the account mode could be changed now."""
    level, account = one_of(call.params, "acctLv", LEVELS), call.account
    unmatched: Rows = []
    if not may_switch(call.venue, account):
        held = [str(position.id) for position in account.positions.values()]
        if account.open:
            unmatched.append({"type": "cross_margin", "totalAsset": "", "posList": []})
        if held:
            unmatched.append({"type": "all_positions", "totalAsset": "", "posList": held})
    return [
        {
            "sCode": "1" if unmatched else "0", "curAcctLv": account.level, "acctLv": level, "riskOffsetType": "",
            "unmatchedInfoCheck": unmatched, "posList": [], "posTierCheck": [], "mgnBf": None, "mgnAft": None,
        }
    ]  # fmt: skip


def leverages(call: Call) -> Rows:
    """Give the leverage of instruments in a mode, of each side where there are two."""
    mode, account = one_of(call.params, "mgnMode", _MODES), call.account
    names = [part for part in needed(call.params, "instId").split(",") if part]
    found: Rows = []
    for name in names[:20]:
        instrument = _leveraged(call, name)
        for side in SIDES if account.hedged and instrument.kind != "MARGIN" else ("net",):
            times = leverage(account, instrument, mode, side)
            row = {"instId": name, "ccy": "", "mgnMode": mode, "posSide": side, "lever": str(times)}
            found.append(row)
    return found


def leverage_set(call: Call) -> Rows:
    """Set the leverage of an instrument."""
    params, account = call.params, call.account
    mode = one_of(params, "mgnMode", _MODES)
    if params.get("ccy") and not params.get("instId"):
        raise Refusal("51000", "ccy")
    instrument = _leveraged(call, needed(params, "instId"))
    side = _side(call, instrument, mode)
    times = _times(params)
    set_leverage(call.venue, call.venue.margin, account, (instrument, mode, side), times)
    told = side if mode == "isolated" and account.hedged else str(params.get("posSide") or "")
    return [{"lever": str(times), "mgnMode": mode, "instId": instrument.name, "posSide": told}]


def leverage_planned(call: Call) -> Rows:
    """Tell what a leverage would mean."""
    params, account = call.params, call.account
    mode, times = one_of(params, "mgnMode", _MODES), _times(params)
    instrument = _leveraged(call, needed(params, "instId"))
    terms = instrument.contract
    left = call.venue.standings.margin_left(account, terms.settle if terms else instrument.quote)
    waits = any(order.instrument.name == instrument.name and order.ask.mode == mode for order in account.open.values())
    if times > highest(instrument):
        raise Refusal("59102")
    names = ("estAvailQuoteTrans", "estAvailTrans", "estLiqPx", "estMgn", "estQuoteMgn", "estQuoteMaxAmt")
    return [
        dict.fromkeys(names, "") | {
            "estMaxAmt": plain(max(left, left * 0)), "existOrd": waits, "maxLever": str(highest(instrument)),
            "minLever": "1",
        }
    ]  # fmt: skip


def margin_balance(call: Call) -> Rows:
    """Add to an isolated position's margin, or take away."""
    params, account = call.params, call.account
    instrument = _leveraged(call, needed(params, "instId"))
    side, way = one_of(params, "posSide", ("net", *SIDES)), one_of(params, "type", ("add", "reduce"))
    amount = read(needed(params, "amt"))
    if not amount:
        raise Refusal("51000", "amt")
    position = account.positions.get((instrument.name, "isolated", side))
    if position is None:
        raise Refusal("51023")
    change_margin(call.venue, call.venue.margin, position, amount if way == "add" else amount.copy_negate())
    return [
        {
            "instId": instrument.name, "posSide": side, "amt": plain(amount), "type": way,
            "leverage": str(position.leverage), "ccy": position.currency,
        }
    ]  # fmt: skip


def isolated_mode(call: Call) -> Rows:
    """Say how margin comes to isolated positions: by itself, of contracts as of loans."""
    kind = one_of(call.params, "type", ("MARGIN", "CONTRACTS"))
    mode = one_of(call.params, "isoMode", ("automatic", "autonomy", "quick_margin"))
    if busy(call.account):
        raise Refusal("59000")
    name = "contract_margin" if kind == "CONTRACTS" else "margin_margin"
    _keep(call, name, mode)
    return [{"isoMode": mode}]


def trading_config(call: Call) -> Rows:
    """Keep the kind of strategy."""
    kind = one_of(call.params, "type", ("stgyType",))
    strategy = one_of(call.params, "stgyType", ("0", "1"), "0")
    _keep(call, "strategy", strategy)
    return [{"type": kind, "stgyType": strategy}]


def collateral_set(call: Call) -> Rows:
    """Say which currencies are collateral."""
    account, counted = call.account, _switch(call.params, "collateralEnabled")
    kind = one_of(call.params, "type", ("all", "custom"))
    names = call.params.get("ccyList") or []
    if kind == "custom" and not (isinstance(names, list) and names):
        raise Refusal("50014", "ccyList")
    if not all(isinstance(name, str) for name in names):
        raise Refusal("51000", "ccyList")
    if kind == "all":
        names = sorted(call.venue.ledger.currencies(account.uid))
    left = set(account.uncollateral) - set(names) if counted else set(account.uncollateral) | set(names)
    _keep(call, "uncollateral", sorted(left))
    return [{"type": kind, "collateralEnabled": counted, "ccyList": names if kind == "custom" else []}]


def collateral(call: Call) -> Rows:
    """Tell which currencies are collateral."""
    account = call.account
    names = sorted({*call.venue.ledger.currencies(account.uid), *account.uncollateral})
    wanted = {part for part in str(call.params.get("ccy") or "").split(",") if part}
    rows = [{"ccy": name, "collateralEnabled": name not in account.uncollateral} for name in names]
    flag = str(call.params.get("collateralEnabled") or "")
    return [
        row
        for row in rows
        if (not wanted or row["ccy"] in wanted) and (not flag or row["collateralEnabled"] is _SWITCHES.get(flag))
    ]


def fee_type(call: Call) -> Rows:
    """Say in which currency spot fees are paid; orders that rest have set aside what they cost as it was."""
    kind = one_of(call.params, "feeType", ("0", "1"))
    if kind != call.account.fee_type and any(row.instrument.kind == "SPOT" for row in call.account.open.values()):
        raise Refusal("59000")
    _keep(call, "fee_type", kind)
    return [{"feeType": kind}]


def _chosen(name: str, field: str, allowed: tuple[str, ...]) -> Callable[[Call], Rows]:
    """Give an endpoint that keeps one of a few values."""

    def act(call: Call) -> Rows:
        value = one_of(call.params, name, allowed)
        _keep(call, field, value)
        return [{name: value}]

    return act


def _switched(name: str, field: str) -> Callable[[Call], Rows]:
    """Give an endpoint that keeps true or false."""

    def act(call: Call) -> Rows:
        value = _switch(call.params, name)
        _keep(call, field, value)
        return [{name: value}]

    return act


def _keep(call: Call, name: str, value: Any) -> None:
    setattr(call.account, name, value)
    call.venue.changes.accounts[call.account.uid] = call.account


def _switch(params: Params, name: str) -> bool:
    value = params.get(name)
    if isinstance(value, bool):
        return value
    return _SWITCHES[one_of(params, name, tuple(_SWITCHES))]


def _times(params: Params) -> int:
    times = read(str(params.get("lever") or ""))
    if times is None or times != int(times):
        raise Refusal("50014" if not params.get("lever") else "51000", "lever")
    return int(times)


def _leveraged(call: Call, name: str) -> Instrument:
    instrument = call.venue.listing.get(name)
    if instrument is None:
        raise Refusal("51001")
    if instrument.kind == "SPOT" and instrument.lever:
        instrument = margin_pair(instrument)
    if instrument.kind == "OPTION" or instrument.contract is None:
        raise Refusal("51000", "instId")
    if call.account.level == "1":
        raise Refusal("51010")
    return instrument


def _side(call: Call, instrument: Instrument, mode: str) -> str:
    """Give the side a setting is for: isolated positions kept apart have one each."""
    side = one_of(call.params, "posSide", ("net", *SIDES), "net")
    if mode != "isolated" or not call.account.hedged or instrument.kind == "MARGIN":
        return "net"
    if side == "net":
        raise Refusal("51000", "posSide")
    return side


_FIVE, _TWENTY = Limit(5), Limit(20)
ROUTES = (
    Route("POST", "account/set-position-mode", position_mode, "trade", _FIVE),
    Route("POST", "account/set-account-level", account_level, "trade", _FIVE),
    Route("POST", "account/account-level-switch-preset", preset, "trade", _FIVE),
    Route("GET", "account/set-account-switch-precheck", precheck, "read", _FIVE),
    Route("GET", "account/leverage-info", leverages, "read", _TWENTY),
    Route("POST", "account/set-leverage", leverage_set, "trade", _TWENTY),
    Route("GET", "account/adjust-leverage-info", leverage_planned, "read", _FIVE),
    Route("POST", "account/position/margin-balance", margin_balance, "trade", _TWENTY),
    Route("POST", "account/set-isolated-mode", isolated_mode, "trade", _FIVE),
    Route("POST", "account/set-greeks", _chosen("greeksType", "greeks", ("PA", "BS")), "trade", _FIVE),
    Route("POST", "account/set-fee-type", fee_type, "trade", _FIVE),
    Route("POST", "account/set-auto-loan", _switched("autoLoan", "auto_loan"), "trade", _FIVE),
    Route("POST", "account/set-auto-repay", _switched("autoRepay", "auto_repay"), "trade", _FIVE),
    Route(
        "POST", "account/set-settle-currency", _chosen("settleCcy", "settle", ("USD", "USDC", "USDT")), "trade", _TWENTY
    ),
    Route("POST", "account/set-trading-config", trading_config, "trade", Limit(1)),
    Route("POST", "account/set-collateral-assets", collateral_set, "trade", _FIVE),
    Route("GET", "account/collateral-assets", collateral, "read", _FIVE),
)
