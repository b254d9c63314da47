"""The funding wallet: currencies, balances, transfers, bills; nothing comes in from a chain and nothing leaves."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.transfers import (
    BETWEEN_SUBS,
    FROM_SUB,
    FROM_SUB_BY_IT,
    FUNDING,
    OWN,
    TO_SUB,
    TRADING,
    Transfer,
    Wallet,
    move,
)
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided, minus, plain, plus, read, times
from okxlab.paper.rest.parameters import listed_in, needed, one_of, whole
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows import account as rows

Rows = Sequence[Any]
MOST_AGE, WEEK = 90 * 24 * 3_600_000, 7 * 24 * 3_600_000
_CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_CENT = Decimal("1e-8")


def currencies(call: Call) -> Rows:
    """List the currencies."""
    return rows.currencies(call.venue, listed_in(call.params, "ccy"))


def balances(call: Call) -> Rows:
    """Give what lies in the funding wallet."""
    return funding_rows(call, call.account)


def funding_rows(call: Call, account: Account) -> list[dict[str, str]]:
    """Give the rows of an account's funding wallet, narrowed by ``ccy``."""
    wanted, ledger, found = listed_in(call.params, "ccy"), call.venue.ledger, []
    for currency in ledger.currencies(account.funding):
        if not wanted or currency in wanted:
            owned, held = ledger.balance(account.funding, currency), ledger.held(account.funding, currency)
            found.append(
                {"ccy": currency, "bal": plain(owned), "frozenBal": plain(held), "availBal": plain(minus(owned, held))}
            )
    return found


def valuation(call: Call) -> Rows:
    """Give what everything is worth, in BTC unless another currency is asked for."""
    venue, account = call.venue, call.account
    unit = venue.standings.usd(str(call.params.get("ccy") or "BTC"))
    funding = Decimal(0)
    for currency in venue.ledger.currencies(account.funding):
        owned = venue.ledger.balance(account.funding, currency)
        funding = plus(funding, times(owned, venue.standings.usd(currency)))
    trading = venue.standings.pooled(account, "equity")
    for currency, owned in venue.grids.owned(account).items():
        trading = plus(trading, times(owned, venue.standings.usd(currency)))
    details = {"funding": plain(divided(funding, unit, _CENT)), "trading": plain(divided(trading, unit, _CENT))}
    total = plain(divided(plus(funding, trading), unit, _CENT))
    return [{"totalBal": total, "ts": str(venue.clock.now_ms()), "details": details | {"classic": "0", "earn": "0"}}]


def transfer(call: Call) -> Rows:
    """Move something between wallets."""
    params, account = call.params, call.account
    kind = one_of(params, "type", (OWN, TO_SUB, FROM_SUB, FROM_SUB_BY_IT, BETWEEN_SUBS), OWN)
    currency, amount = currency_of(call), amount_of(call)
    places = [one_of(params, name, (FUNDING, TRADING)) for name in ("from", "to")]
    giver, taker = _sides(call, kind)
    source, target = Wallet(giver, places[0]), Wallet(taker, places[1])
    if source == target:
        raise Refusal("51000", "to")
    client_id = str(params.get("clientId") or "")
    if client_id and not _CLIENT_ID.fullmatch(client_id):
        raise Refusal("51000", "clientId")
    known = call.archive.rows("SELECT record FROM transfers WHERE uid = ? AND client = ?", (account.uid, client_id))
    if client_id and next(known, None):
        raise Refusal("50071", "clientId")
    number = move(call.venue, Transfer(account, kind, currency, amount, source, target, client_id))
    return [{
        "transId": str(number), "ccy": currency, "from": source.place, "amt": plain(amount), "to": target.place,
        "clientId": client_id,
    }]  # fmt: skip


def currency_of(call: Call) -> str:
    """Give ``ccy``, which must be traded here."""
    name = needed(call.params, "ccy")
    if not rows.currencies(call.venue, frozenset((name,))):
        raise Refusal("51000", "ccy")
    return name


def amount_of(call: Call) -> Decimal:
    """Give ``amt``, which must be above zero."""
    amount = read(needed(call.params, "amt"))
    if amount is None:
        raise Refusal("51000", "amt")
    if not amount:
        raise Refusal("58114")
    return amount


def _sides(call: Call, kind: str) -> tuple[Account, Account]:
    """Give who gives and who takes: the main account sends to and fetches from its subs, a sub only sends."""
    account, accounts = call.account, call.venue.accounts
    if kind == OWN:
        return account, account
    of_main = kind in {TO_SUB, FROM_SUB}
    if of_main is bool(account.name):
        raise Refusal("58128" if account.name else "58127")
    if kind == FROM_SUB_BY_IT:
        return account, accounts.main
    other = accounts.named(needed(call.params, "subAcct"))
    if other is None or other is account:
        raise Refusal("58115" if other is None else "59507")
    if kind == BETWEEN_SUBS and not account.may_send:
        raise Refusal("50030")
    return (other, account) if kind == FROM_SUB else (account, other)


def transfer_state(call: Call) -> Rows:
    """Give a transfer by its id or its client id."""
    number, client_id = call.params.get("transId"), call.params.get("clientId")
    if not number and not client_id:
        raise Refusal("50014", "transId")
    column, value = ("id", whole(call.params, "transId", 0)) if number else ("client", client_id)
    query = f"SELECT record FROM transfers WHERE uid = ? AND {column} = ?"  # noqa: S608 - one of two names
    found = [_without_time(record) for record in call.archive.rows(query, (call.account.uid, value))]
    if not found:
        raise Refusal("58129", "transId" if number else "clientId")
    return found


def bills(call: Call) -> Rows:
    """Give the funding wallet's bills of three months, newest first; ``after`` and ``before`` are times."""
    params = call.params
    where, values = ["uid = ?", "ts < ?", "ts > ?"], [call.account.uid, *span(call, MOST_AGE)]
    for name, column in {"ccy": "ccy", "type": "type"}.items():
        if params.get(name):
            where.append(f"{column} = ?")
            values.append(params[name])
    query = f"SELECT record FROM asset_bills WHERE {' AND '.join(where)} ORDER BY id DESC"  # noqa: S608 - names of our own
    found = call.archive.rows(query, tuple(values))
    return page(call, (row for row in found if params.get("clientId") in {None, "", row["clientId"]}))


def span(call: Call, kept: int) -> list[int]:
    """Give the times ``after`` and ``before`` mean: rows lie between them, and not before what is kept."""
    oldest = call.venue.clock.now_ms() - kept
    return [min(whole(call.params, "after", 2**62), 2**62), max(min(whole(call.params, "before", -1), 2**62), oldest)]


def page(call: Call, found: Any) -> list[Any]:
    """Give the first ``limit`` rows, 100 at most."""
    most = min(max(whole(call.params, "limit", 100), 1), 100)
    return [row for row, _ in zip(found, range(most), strict=False)]


def withdraw(call: Call) -> Rows:
    """Refuse: nothing can leave."""
    for name in ("ccy", "amt", "dest", "toAddr"):
        needed(call.params, name)
    raise Refusal("58200")


def cancel_withdrawal(call: Call) -> Rows:
    """Refuse: there is no withdrawal."""
    raise Refusal("58129", needed(call.params, "wdId") and "wdId")


def nothing(_call: Call) -> Rows:
    """There is none of it here: no deposit, no withdrawal, no address, no conversion."""
    return []


def _without_time(record: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in record.items() if name != "ts"}


_SIX, _ONE = Limit(6, 1000), Limit(1, 1000)
ROUTES = (
    Route("GET", "asset/currencies", currencies, "read", _SIX),
    Route("GET", "asset/balances", balances, "read", _SIX),
    Route("GET", "asset/non-tradable-assets", nothing, "read", _SIX),
    Route("GET", "asset/asset-valuation", valuation, "read", _ONE),
    Route("POST", "asset/transfer", transfer, "trade", Limit(2, 1000, ("user", "ccy"))),
    Route("GET", "asset/transfer-state", transfer_state, "read", Limit(10, 1000)),
    Route("GET", "asset/bills", bills, "read", _SIX),
    Route("GET", "asset/bills-history", bills, "read", _ONE),
    Route("GET", "asset/deposit-address", nothing, "read", _SIX),
    Route("GET", "asset/deposit-history", nothing, "read", _SIX),
    Route("POST", "asset/withdrawal", withdraw, "withdraw", _SIX),
    Route("POST", "asset/cancel-withdrawal", cancel_withdrawal, "withdraw", _SIX),
    Route("GET", "asset/withdrawal-history", nothing, "read", _SIX),
    Route("GET", "asset/deposit-withdraw-status", nothing, "read", Limit(1)),
    Route("GET", "asset/exchange-list", nothing, "public", Limit(6, 1000, ("ip",))),
    Route("GET", "asset/convert/currencies", nothing, "read", _SIX),
    Route("GET", "asset/convert/currency-pair", nothing, "read", _SIX),
    Route("GET", "asset/convert/history", nothing, "read", _SIX),
)
