"""Sub-accounts and their keys, made and steered by the main account."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.keys import READ, TRADE, WITHDRAW, ApiKey, networks
from okxlab.paper.accounts.transfers import BETWEEN_SUBS, FUNDING, TRADING, Transfer, Wallet, move, spare
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.rest.asset import MOST_AGE, amount_of, currency_of, funding_rows, page, span
from okxlab.paper.rest.parameters import listed_in, needed, one_of
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows.balance import balance

Rows = Sequence[Any]
MOST_SUBS, MOST_KEYS, MOST_ADDRESSES = 100, 50, 20
_NAME = re.compile(r"(?!\d+$)[A-Za-z0-9]{6,20}", re.ASCII)
_MIXED = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"), re.compile(r"[^A-Za-z0-9]"))


def sub_accounts(call: Call) -> Rows:
    """List the sub-accounts, newest first."""
    only_main(call)
    params = call.params
    after, before = span(call, 2**62)
    found = [
        sub for sub in reversed(call.venue.accounts.subs())
        if params.get("subAcct") in {None, "", sub.name} and before < sub.created < after
        and params.get("enable") in {None, "", "false" if sub.frozen else "true"}
    ]  # fmt: skip
    return page(call, [_row(sub) for sub in found])


def create(call: Call) -> Rows:
    """Open a sub-account."""
    only_main(call)
    name = needed(call.params, "subAcct")
    one_of(call.params, "type", ("1", "2", "5", "12"), "1")
    label = _label(needed(call.params, "label"))
    if not _NAME.fullmatch(name):
        raise Refusal("51000", "subAcct")
    accounts = call.venue.accounts
    if accounts.named(name) is not None:
        raise Refusal("59601")
    if len(accounts.subs()) >= MOST_SUBS:
        raise Refusal("59603")
    account = accounts.open_sub(name, label, call.venue.clock.now_ms())
    call.venue.changes.accounts[account.uid] = account
    return [{"subAcct": name, "label": label, "uid": account.uid, "ts": str(account.created)}]


def set_transfer_out(call: Call) -> Rows:
    """Say whether sub-accounts may send to other sub-accounts."""
    allowed = one_of(call.params, "canTransOut", ("true", "false", "True", "False"), "true").lower() == "true"
    found = [_named(call, name) for name in sorted(listed_in(call.params, "subAcct"))]
    if not found:
        raise Refusal("50014", "subAcct")
    for account in found:
        account.may_send = allowed
        call.venue.changes.accounts[account.uid] = account
    return [{"subAcct": account.name, "canTransOut": allowed} for account in found]


def entrusted(call: Call) -> Rows:
    """List the sub-accounts that others manage: none."""
    only_main(call)
    return []


def create_key(call: Call) -> Rows:
    """Make a key of a sub-account; its secret is told this once."""
    account, params = sub_of(call), call.params
    label, passphrase = _label(needed(params, "label")), needed(params, "passphrase")
    if not (8 <= len(passphrase) <= 32 and all(kind.search(passphrase) for kind in _MIXED)):
        raise Refusal("59505")
    present = call.keys.of(account.uid)
    if len(present) >= MOST_KEYS:
        raise Refusal("59501")
    if any(key.label == label for key in present):
        raise Refusal("59502")
    key = ApiKey(
        secrets.token_hex(16), secrets.token_hex(16).upper(), passphrase, account.uid, label,
        _perms(str(params.get("perm") or READ)), _addresses(call), call.key.environment if call.key else "",
        call.venue.clock.now_ms(),
    )  # fmt: skip
    call.keys.add(key)
    return [{"subAcct": account.name, **_key_row(key), "secretKey": key.secret, "passphrase": key.passphrase}]


def list_keys(call: Call) -> Rows:
    """List a sub-account's keys, without their secrets."""
    account, wanted = sub_of(call), call.params.get("apiKey")
    found = [key for key in call.keys.of(account.uid) if wanted in {None, "", key.key}]
    if wanted and not found:
        raise Refusal("59506")
    return [_key_row(key) for key in found]


def modify_key(call: Call) -> Rows:
    """Change the label, permissions or addresses of a key; what is not given stays."""
    key, params = _key_of(call), call.params
    if params.get("label"):
        key = replace(key, label=_label(str(params["label"])))
    if params.get("perm"):
        key = replace(key, perms=_perms(str(params["perm"])))
    if params.get("ip") is not None:
        key = replace(key, ips=_addresses(call))
    call.keys.add(key)
    return [{"subAcct": params["subAcct"], **_key_row(key)}]


def delete_key(call: Call) -> Rows:
    """Let a key be used no more."""
    key = _key_of(call)
    call.keys.remove(key.key)
    return [{"subAcct": call.params["subAcct"], "apiKey": key.key}]


def trading_balances(call: Call) -> Rows:
    """Give what lies in a sub-account's trading account."""
    return [balance(call.venue, sub_of(call))]


def funding_balances(call: Call) -> Rows:
    """Give what lies in a sub-account's funding wallet."""
    return funding_rows(call, sub_of(call))


def most_out(call: Call) -> Rows:
    """Give what may be moved out of a sub-account's trading account."""
    account, venue, wanted = sub_of(call), call.venue, listed_in(call.params, "ccy")
    names = sorted(wanted) or venue.ledger.currencies(account.uid)
    found = []
    for name in names:
        most = plain(spare(venue, Wallet(account, TRADING), name))
        found.append({"ccy": name, "maxWd": most, "maxWdEx": most, "spotOffsetMaxWd": most, "spotOffsetMaxWdEx": most})
    return found


def bills(call: Call) -> Rows:
    """Give the transfers between the main account and its sub-accounts, newest first."""
    only_main(call)
    params = call.params
    query = "SELECT record FROM transfers WHERE ts < ? AND ts > ? ORDER BY id DESC"
    found = (
        {"billId": row["transId"], "ccy": row["ccy"], "amt": row["amt"],
         "type": "0" if row["type"] == "1" else "1", "subAcct": row["subAcct"], "ts": row["ts"]}
        for row in call.archive.rows(query, tuple(span(call, MOST_AGE))) if row["type"] in {"1", "2", "3"}
    )  # fmt: skip
    names = ("ccy", "type", "subAcct")
    return page(call, (row for row in found if all(params.get(name) in {None, "", row[name]} for name in names)))


def transfer(call: Call) -> Rows:
    """Move something from one sub-account to another."""
    only_main(call)
    giver, taker = (_named(call, needed(call.params, name)) for name in ("fromSubAccount", "toSubAccount"))
    if giver is taker:
        raise Refusal("59507")
    places = [one_of(call.params, name, (FUNDING, TRADING)) for name in ("from", "to")]
    sides = Wallet(giver, places[0]), Wallet(taker, places[1])
    number = move(call.venue, Transfer(call.account, BETWEEN_SUBS, currency_of(call), amount_of(call), *sides))
    return [{"transId": str(number)}]


def only_main(call: Call) -> None:
    """Refuse a sub-account with 59500."""
    if call.account.name:
        raise Refusal("59500")


def sub_of(call: Call) -> Account:
    """Give the sub-account that ``subAcct`` names."""
    return _named(call, needed(call.params, "subAcct"))


def _named(call: Call, name: str) -> Account:
    only_main(call)
    account = call.venue.accounts.named(name)
    if account is None:
        raise Refusal("59510")
    return account


def _key_of(call: Call) -> ApiKey:
    account, name = sub_of(call), needed(call.params, "apiKey")
    key = call.keys.get(name)
    if key is None or key.uid != account.uid:
        raise Refusal("59506")
    return key


def _label(text: str) -> str:
    if len(text) > 50:
        raise Refusal("51000", "label")
    return text


def _perms(text: str) -> frozenset[str]:
    found = frozenset(part.strip() for part in text.split(",") if part.strip())
    if WITHDRAW in found:
        raise Refusal("59504")
    if not found or not found <= {READ, TRADE}:
        raise Refusal("51000", "perm")
    return found | {READ}


def _addresses(call: Call) -> tuple[str, ...]:
    found = tuple(part.strip() for part in str(call.params.get("ip") or "").split(",") if part.strip())
    if len(found) > MOST_ADDRESSES:
        raise Refusal("59503")
    try:
        networks(found)
    except ValueError:
        raise Refusal("51000", "ip") from None
    return found


def _row(sub: Account) -> dict[str, Any]:
    return {
        "type": "1", "enable": not sub.frozen, "subAcct": sub.name, "uid": sub.uid, "label": sub.label, "mobile": "",
        "gAuth": False, "frozenFunc": [], "canTransOut": sub.may_send, "ts": str(sub.created), "subAcctLv": "1",
        "firstLvSubAcct": "", "ifDma": False,
    }  # fmt: skip


def _key_row(key: ApiKey) -> dict[str, str]:
    return {
        "label": key.label, "apiKey": key.key, "perm": ",".join(sorted(key.perms)), "ip": ",".join(key.ips),
        "ts": str(key.created),
    }  # fmt: skip


_ONE, _TWENTY = Limit(1, 1000), Limit(20)
ROUTES = (
    Route("GET", "users/subaccount/list", sub_accounts, "read", _TWENTY),
    Route("POST", "users/subaccount/create-subaccount", create, "trade", _ONE, bound=True),
    Route("POST", "users/subaccount/apikey", create_key, "trade", _ONE, bound=True),
    Route("GET", "users/subaccount/apikey", list_keys, "read", _TWENTY),
    Route("POST", "users/subaccount/modify-apikey", modify_key, "trade", _ONE),
    Route("POST", "users/subaccount/delete-apikey", delete_key, "trade", _ONE),
    Route("POST", "users/subaccount/set-transfer-out", set_transfer_out, "trade", _ONE),
    Route("GET", "users/entrust-subaccount-list", entrusted, "read", _ONE),
    Route("GET", "account/subaccount/balances", trading_balances, "read", Limit(6)),
    Route("GET", "asset/subaccount/balances", funding_balances, "read", Limit(6)),
    Route("GET", "account/subaccount/max-withdrawal", most_out, "read", _TWENTY),
    Route("GET", "asset/subaccount/bills", bills, "read", Limit(6, 1000)),
    Route("POST", "asset/subaccount/transfer", transfer, "trade", _ONE),
)
