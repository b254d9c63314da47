"""What the account shows: balance, configuration, fees, currencies."""

from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.fees import RATES
from okxlab.paper.accounts.keys import ApiKey
from okxlab.paper.exact import minus, plain, plus, times
from okxlab.paper.fields import blank
from okxlab.paper.venue import Venue

_EMPTY_BALANCE = (
    "isoEq adjEq availEq ordFroz imr mmr borrowFroz mgnRatio notionalUsd notionalUsdForBorrow notionalUsdForSwap "
    "notionalUsdForFutures notionalUsdForOption upl delta deltaLever deltaNeutralStatus"
)
_EMPTY_DETAIL = (
    "isoEq availEq disEq fixedBal liab upl uplLiab crossLiab isoLiab rewardBal mgnRatio imr mmr interest twap frpType "
    "maxLoan borrowFroz notionalLever stgyEq isoUpl spotInUseAmt clSpotInUseAmt maxSpotInUse spotIsoBal smtSyncEq "
    "spotCopyTradingEq openAvgPx accAvgPx spotUpl spotUplRatio totalPnl totalPnlRatio colRes colBorrAutoConversion "
    "autoLendMtAmt"
)
_EMPTY_CURRENCY = (
    "logoLink ctAddr depEstOpenTime wdEstOpenTime minFeeForCtAddr maxFeeForCtAddr burningFeeRate depQuotaFixed "
    "usedDepQuotaFixed depQuoteDailyLayer2 wdQuota usedWdQuota"
)


def balance(venue: Venue, account: Account, wanted: frozenset[str] = frozenset()) -> dict[str, object]:
    """Give the row of account/balance, every figure exact; ``wanted`` narrows the currencies listed."""
    now, worth = str(venue.clock.now_ms()), Decimal(0)
    details = []
    for currency in venue.ledger.currencies(account.uid):
        owned, held = venue.ledger.balance(account.uid, currency), venue.ledger.held(account.uid, currency)
        in_quote = times(owned, _price(venue, currency))
        worth = plus(worth, in_quote)
        details.append(_detail(currency, owned, held, in_quote) | {"uTime": now})
    if wanted:
        details = [detail for detail in details if detail["ccy"] in wanted]
    return blank(_EMPTY_BALANCE) | {"uTime": now, "totalEq": plain(worth), "details": details}


def config(account: Account, key: ApiKey | None) -> dict[str, object]:
    """Give the row of account/config; label, ip and perm are the key's that asks."""
    empty = ("levelTmp", "spotOffsetType", "opAuth", "liquidationGear", "settleCcy", "stgyType")
    return dict.fromkeys(empty, "") | {
        "uid": account.uid, "mainUid": account.parent, "acctLv": account.level, "acctStpMode": account.self_trade,
        "posMode": "long_short_mode" if account.hedged else "net_mode",
        "autoLoan": False, "greeksType": "PA", "feeType": "0", "level": "Lv1", "ctIsoMode": "automatic",
        "mgnIsoMode": "automatic", "roleType": "0", "traderInsts": [], "spotRoleType": "0", "spotTraderInsts": [],
        "kycLv": "3", "label": key.label if key else account.label, "ip": ",".join(key.ips) if key else "",
        "perm": ",".join(sorted(key.perms)) if key else "", "enableSpotBorrow": False,
        "spotBorrowAutoRepay": False, "type": "0", "settleCcyList": [],
    }  # fmt: skip


def fees(venue: Venue, kind: str) -> dict[str, object]:
    """Give the row of account/trade-fee; OKX writes a charge as a negative rate."""
    empty = ("delivery", "exercise", "takerU", "makerU", "takerUSDC", "makerUSDC", "settle")
    maker, taker = (plain(rate.copy_negate()) for rate in RATES.get(kind, RATES["SPOT"]))
    group = {"taker": taker, "maker": maker, "groupId": "1", "elpMaker": ""}
    return dict.fromkeys(empty, "") | {
        "level": "Lv1", "feeGroup": [group], "instType": kind, "ts": str(venue.clock.now_ms()),
        "taker": taker, "maker": maker, "ruleType": "normal", "category": "1", "fiat": [],
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


def _detail(currency: str, owned: Decimal, held: Decimal, worth: Decimal) -> dict[str, object]:
    return blank(_EMPTY_DETAIL) | {
        "ccy": currency, "eq": plain(owned), "cashBal": plain(owned), "spotBal": plain(owned),
        "availBal": plain(minus(owned, held)), "frozenBal": plain(held), "ordFrozen": plain(held),
        "eqUsd": plain(worth), "collateralRestrict": False, "collateralEnabled": False, "autoLendStatus": "unsupported",
    }  # fmt: skip


def _price(venue: Venue, currency: str) -> Decimal:
    """Give what one unit is worth in USD where the feed stands."""
    return venue.reference.dollars(currency)
