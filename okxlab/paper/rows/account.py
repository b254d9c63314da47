"""What the account shows: configuration, fees, currencies."""

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.fees import DELIVERY, EXERCISE, RATES
from okxlab.paper.accounts.keys import ApiKey
from okxlab.paper.exact import plain
from okxlab.paper.fields import blank
from okxlab.paper.venue import Venue

_EMPTY_CURRENCY = (
    "logoLink ctAddr depEstOpenTime wdEstOpenTime minFeeForCtAddr maxFeeForCtAddr burningFeeRate depQuotaFixed "
    "usedDepQuotaFixed depQuoteDailyLayer2 wdQuota usedWdQuota"
)


def config(account: Account, key: ApiKey | None) -> dict[str, object]:
    """Give the row of account/config; label, ip and perm are the key's that asks."""
    empty = ("levelTmp", "spotOffsetType", "opAuth", "liquidationGear")
    return dict.fromkeys(empty, "") | {
        "uid": account.uid, "mainUid": account.parent, "acctLv": account.level, "acctStpMode": account.self_trade,
        "posMode": "long_short_mode" if account.hedged else "net_mode",
        "autoLoan": account.auto_loan, "greeksType": account.greeks, "feeType": account.fee_type, "level": "Lv1",
        "ctIsoMode": account.contract_margin, "mgnIsoMode": account.margin_margin, "settleCcy": account.settle,
        "stgyType": account.strategy, "roleType": "0", "traderInsts": [], "spotRoleType": "0", "spotTraderInsts": [],
        "kycLv": "3", "label": key.label if key else account.label, "ip": ",".join(key.ips) if key else "",
        "perm": ",".join(sorted(key.perms)) if key else "", "enableSpotBorrow": False,
        "spotBorrowAutoRepay": account.auto_repay, "type": "0", "settleCcyList": ["USD", "USDC", "USDT"],
    }  # fmt: skip


def fees(venue: Venue, kind: str) -> dict[str, object]:
    """Give the row of account/trade-fee; OKX writes a charge as a negative rate."""
    empty = ("takerU", "makerU", "takerUSDC", "makerUSDC", "settle")
    maker, taker = (plain(rate.copy_negate()) for rate in RATES.get(kind, RATES["SPOT"]))
    group = {"taker": taker, "maker": maker, "groupId": "1", "elpMaker": ""}
    return dict.fromkeys(empty, "") | {
        "level": "Lv1", "feeGroup": [group], "instType": kind, "ts": str(venue.clock.now_ms()),
        "taker": taker, "maker": maker, "ruleType": "normal", "category": "1", "fiat": [],
        "delivery": plain(DELIVERY.copy_negate()) if kind == "FUTURES" else "",
        "exercise": plain(EXERCISE.copy_negate()) if kind == "OPTION" else "",
    }  # fmt: skip


def currencies(venue: Venue, wanted: frozenset[str] = frozenset()) -> list[dict[str, object]]:
    """Give the rows of asset/currencies: nothing can be deposited or withdrawn here."""
    names = {name for row in venue.listing.values() for name in (row.base, row.quote)}
    return [_currency(name) for name in sorted(names) if not wanted or name in wanted]


def _currency(name: str) -> dict[str, object]:
    zero = ("minDep", "minWd", "minInternal", "maxWd", "fee", "minFee", "maxFee", "minDepArrivalConfirm")
    return blank(_EMPTY_CURRENCY) | dict.fromkeys(zero, "0") | {
        "ccy": name, "name": name, "chain": f"{name}-Paper", "canDep": False, "canWd": False, "canInternal": False,
        "wdTickSz": "8", "mainNet": True, "needTag": False, "minWdUnlockConfirm": "0",
    }  # fmt: skip
