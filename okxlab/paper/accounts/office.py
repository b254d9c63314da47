"""What the owner of the exchange may do and no client can: hand out keys and money."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from okxlab.errors import PaperError
from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.keys import READ, TRADE, WITHDRAW, ApiKey, Keys, networks, new_key
from okxlab.paper.accounts.ledger import OUTSIDE
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.accounts.transfers import INTO
from okxlab.paper.exact import plain, read
from okxlab.paper.floor import Floor

_PERMS = frozenset((READ, TRADE, WITHDRAW))
Fields = Mapping[str, Any]


class Office:
    """Acts on a venue's accounts; each act is a turn, and answers what happened.

    Parameters
    ----------
    floor, keys
        What it acts on.
    first_key
        The key of the start line, which sessions of okxlab use: it stays.
    """

    def __init__(self, floor: Floor, keys: Keys, first_key: ApiKey) -> None:
        self._floor = floor
        self._keys = keys
        self._first = first_key
        self._acts = {"keys": self._list, "keys/add": self._add, "keys/remove": self._remove, "deposit": self._deposit}

    @property
    def acts(self) -> tuple[str, ...]:
        """The names of what can be done."""
        return tuple(self._acts)

    def do(self, act: str, fields: Fields) -> dict[str, Any]:
        """Do one thing.

        Raises
        ------
        PaperError
            It cannot be done, and why.
        """
        try:
            return self._acts[act](fields)
        finally:
            self._floor.settle()

    def _list(self, _fields: Fields) -> dict[str, Any]:
        return {"keys": [self._row(key) for key in self._keys.values()]}

    def _add(self, fields: Fields) -> dict[str, Any]:
        account = self._account(fields)
        perms = frozenset(str(name) for name in fields.get("perms") or (READ, TRADE))
        if not perms <= _PERMS:
            raise PaperError(f"There is no permission {min(perms - _PERMS)!r}.", "Give read_only, trade or withdraw.")
        ips = tuple(str(ip) for ip in fields.get("ips") or ())
        try:
            networks(ips)
        except ValueError as error:
            raise PaperError(f"An address cannot be read: {error}.", "Give --ip like 127.0.0.1 or fd00::/8.") from None
        environment = str(fields.get("environment") or "")
        if environment not in {"", "demo", "live"}:
            raise PaperError(f"There is no environment {environment!r}.", "Give demo or live, or leave it out.")
        key = replace(
            new_key(account.uid, created=self._floor.clock.now_ms()), label=str(fields.get("label") or "paper"),
            perms=perms | {READ}, ips=ips, environment=environment,
        )  # fmt: skip
        self._keys.add(key)
        return {**self._row(key), "secret": key.secret, "passphrase": key.passphrase}

    def _remove(self, fields: Fields) -> dict[str, Any]:
        name = str(fields.get("key") or "")
        if name not in self._keys:
            raise PaperError(f"There is no key {name!r}.", "See okxlab paper keys list.")
        if name == self._first.key:
            raise PaperError("This is the key okxlab's own sessions use.", "Remove another; this one stays.")
        row = self._row(self._keys[name])
        self._keys.remove(name)
        return row

    def _deposit(self, fields: Fields) -> dict[str, Any]:
        account, currency, floor = self._account(fields), str(fields.get("ccy") or ""), self._floor
        amount = read(str(fields.get("amount") or ""))
        if not amount:
            raise PaperError(f"The amount {fields.get('amount')!r} is not a number above 0.", "Give one like 1000.")
        if not any(currency in {row.base, row.quote} for row in floor.listing.values()):
            raise PaperError(f"No instrument is traded in {currency!r}.", "Give a currency such as USDT or BTC.")
        floor.ledger.move(currency, amount, OUTSIDE, account.uid)
        floor.bill(account, Entry(currency, amount), INTO)
        balance = floor.ledger.balance(account.uid, currency)
        return {"account": account.name or "main", "ccy": currency, "balance": plain(balance)}

    def _account(self, fields: Fields) -> Account:
        name = str(fields.get("account") or "main")
        account = self._floor.accounts.named("" if name == "main" else name)
        if account is None:
            raise PaperError(f"There is no account {name!r}.", "Leave --account out for the main account.")
        return account

    def _row(self, key: ApiKey) -> dict[str, Any]:
        return {
            "key": key.key, "account": self._floor.accounts[key.uid].name or "main", "label": key.label,
            "perms": sorted(key.perms), "ips": list(key.ips), "environment": key.environment, "created": key.created,
        }  # fmt: skip
