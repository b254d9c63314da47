"""Whose account a session trades on, as account/config tells it."""

from collections.abc import Mapping
from dataclasses import dataclass

from okxlab.errors import OrderDenied


@dataclass(frozen=True, slots=True)
class Account:
    """An account, and what the key that asked may do with it.

    ``uid`` is the account's number and ``main_uid`` that of the main account; ``level`` is OKX's account mode: 1 spot,
    2 futures, 3 multi-currency, 4 portfolio margin; ``position_mode`` is ``net_mode`` or ``long_short_mode``.
    ``permissions``, ``ip`` (the addresses it is bound to) and ``label`` are the key's.

    Examples
    --------
    >>> account = account_of({"uid": "2", "mainUid": "1", "acctLv": "1", "perm": "read_only,trade", "ip": ""})
    >>> account.sub, sorted(account.permissions), account.ip
    (True, ['read_only', 'trade'], ())
    """

    uid: str
    main_uid: str
    level: str
    position_mode: str
    permissions: frozenset[str]
    ip: tuple[str, ...]
    label: str

    @property
    def sub(self) -> bool:
        """Whether it is a sub-account."""
        return self.main_uid not in {"", self.uid}

    def check(self, row: Mapping[str, str]) -> None:
        """Refuse an order that this account or its key cannot place, before it leaves.

        Raises
        ------
        OrderDenied
            When the key may not trade, the account's mode has no such market, or its position mode needs another side.
        """
        if "trade" not in self.permissions:
            raise OrderDenied("This key may only read.", "Make one with Read and Trade, and connect with it.")
        symbol, side = row.get("instId", ""), row.get("posSide", "")
        contract = symbol.count("-") > 1
        if self.level == "1" and (contract or row.get("tdMode", "cash") != "cash"):
            raise OrderDenied(
                f"An order for {symbol} with {row.get('tdMode')} margin was not sent: the account is in spot mode.",
                "Choose another account mode on OKX's site, or trade spot.",
            )
        sided = self.position_mode == "long_short_mode"
        if contract and sided != (side in {"long", "short"}):
            wants = "posSide long or short" if sided else "no posSide"
            raise OrderDenied(
                f"An order for {symbol} was not sent: the account is in {self.position_mode}, which wants {wants}.",
                "Change the order, or the position mode on OKX's site.",
            )


def account_of(row: Mapping[str, object]) -> Account:
    """Give the account that a row of account/config describes."""
    uid, main_uid, level, mode, label = (
        str(row.get(name) or "") for name in ("uid", "mainUid", "acctLv", "posMode", "label")
    )
    permissions, ip = (_parts(row.get(name)) for name in ("perm", "ip"))
    return Account(uid, main_uid, level, mode, frozenset(permissions), tuple(ip), label)


def _parts(told: object) -> list[str]:
    return [part.strip() for part in str(told or "").split(",") if part.strip()]
