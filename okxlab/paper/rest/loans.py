"""Loans: how much could be borrowed, at which rate, and what is owed; they cost no interest here."""

from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.leverage import leverage
from okxlab.paper.accounts.loans import lent
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided_freely, plain, times
from okxlab.paper.products.borrowing import margin_pair
from okxlab.paper.rest.parameters import listed_in, needed, one_of
from okxlab.paper.rest.route import Call, Limit, Route

Rows = list[Any]
ZERO = Decimal(0)
_EIGHT = 8 * 3_600_000
_QUOTA = Decimal(1_000_000)  # USD a currency


def max_loan(call: Call) -> Rows:
    """Give what an order on margin could borrow: quote currency to buy, base currency to sell."""
    params, venue, account = call.params, call.venue, call.account
    mode = one_of(params, "mgnMode", ("cross", "isolated"))
    found: Rows = []
    for name in [part for part in needed(params, "instId").split(",") if part][:5]:
        pair = venue.listing.get(name)
        if pair is None:
            raise Refusal("51001")
        if pair.contract is not None or not pair.lever or account.level == "1":
            raise Refusal("51010")
        times_ = leverage(account, margin_pair(pair), mode, "net")
        most = times(max(venue.standings.margin_left(account, pair.quote), ZERO), Decimal(times_))
        price = venue.feed.price(name)
        for side, currency, amount in (("sell", pair.base, divided_freely(most, price)), ("buy", pair.quote, most)):
            found.append(
                {
                    "instId": name, "mgnMode": mode, "mgnCcy": str(params.get("mgnCcy") or ""),
                    "maxLoan": plain(amount), "ccy": currency, "side": side,
                }
            )  # fmt: skip
    return found


def limits(call: Call) -> Rows:
    """Give what is lent to the account, and how much more could be."""
    venue, wanted = call.venue, listed_in(call.params, "ccy")
    used = lent(call.account)
    names = sorted(wanted) or sorted({"BTC", "ETH", "USDT"} | set(used))
    debt, records = ZERO, []
    for currency in names:
        price, owed = venue.standings.usd(currency), used.get(currency, ZERO)
        debt += times(owed, price)
        quota = divided_freely(_QUOTA, price)
        left = plain(max(quota - owed, ZERO))
        quotas = {"allAcctRemainingQuota": left, "curAcctRemainingQuota": left, "platRemainingQuota": ""}
        records.append(
            {
                "ccy": currency, "rate": "0", "loanQuota": plain(quota), "usedLmt": plain(owed), "interest": "0",
                "interestFreeLiab": plain(owed), "potentialBorrowingAmt": "0", "surplusLmt": left,
                "surplusLmtDetails": quotas, "posLoan": "", "availLoan": "", "usedLoan": "", "avgRate": "",
            }
        )  # fmt: skip
    due = str((venue.feed.now // _EIGHT + 1) * _EIGHT)
    return [
        {
            "debt": plain(debt), "interest": "0", "nextDiscountTime": due, "nextInterestTime": due, "loanAlloc": "",
            "records": records,
        }
    ]  # fmt: skip


def accrued(_call: Call) -> Rows:
    """No interest accrues here."""
    return []


def rate(call: Call) -> Rows:
    """Give what a loan costs: nothing here."""
    wanted = listed_in(call.params, "ccy")
    return [{"ccy": name, "interestRate": "0"} for name in sorted(wanted) or ["BTC", "ETH", "USDC", "USDT"]]


_FIVE = Limit(5)
ROUTES = (
    Route("GET", "account/max-loan", max_loan, "read", Limit(20)),
    Route("GET", "account/interest-limits", limits, "read", _FIVE),
    Route("GET", "account/interest-accrued", accrued, "read", _FIVE),
    Route("GET", "account/interest-rate", rate, "read", _FIVE),
    Route("GET", "account/spot-borrow-repay-history", accrued, "read", _FIVE),
)
