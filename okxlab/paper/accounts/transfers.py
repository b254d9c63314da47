"""Transfers between the funding wallet and the trading account, of one account or of two."""

from dataclasses import dataclass
from decimal import Decimal

import orjson

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.changes import BillKind
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.floor import Floor

FUNDING, TRADING = "6", "18"
OWN, TO_SUB, FROM_SUB, FROM_SUB_BY_IT, BETWEEN_SUBS = "0", "1", "2", "3", "4"  # OKX's types
INTO, OUT_OF = BillKind("1", "11"), BillKind("1", "12")
_OWN_BILLS = ("130", "131")  # of the funding wallet: from, and to, the trading account
_BILLS = {(True, True): "20", (True, False): "21", (False, True): "22", (False, False): "23"}  # by (main, gives)


@dataclass(frozen=True)
class Wallet:
    """One of an account's two: ``place`` is OKX's 6 (funding) or 18 (trading)."""

    account: Account
    place: str

    @property
    def owner(self) -> str:
        """Its name in the ledger."""
        return self.account.funding if self.place == FUNDING else self.account.uid


@dataclass(frozen=True)
class Transfer:
    """What is moved from where to where; ``kind`` is OKX's type, ``by`` who asked."""

    by: Account
    kind: str
    currency: str
    amount: Decimal
    source: Wallet
    target: Wallet
    client_id: str = ""


def spare(floor: Floor, wallet: Wallet, currency: str) -> Decimal:
    """Give what may be moved out of a wallet: nothing that orders or positions need."""
    if wallet.place == FUNDING:
        return floor.ledger.available(wallet.owner, currency)
    return max(floor.standings.spare(wallet.account, currency), Decimal(0))


def move(floor: Floor, transfer: Transfer) -> int:
    """Make a transfer, and give its id; 58350 when the wallet does not hold enough."""
    currency, amount = transfer.currency, transfer.amount
    if amount > spare(floor, transfer.source, currency):
        raise Refusal("58350")
    floor.ledger.move(currency, amount, transfer.source.owner, transfer.target.owner)
    number = floor.next_id()
    for wallet, change in ((transfer.source, amount.copy_negate()), (transfer.target, amount)):
        if wallet.place == TRADING:
            floor.bill(wallet.account, Entry(currency, change), INTO if change > 0 else OUT_OF)
        else:
            _bill_funding(floor, transfer, wallet, change)
    row = state_row(transfer, number)
    record = orjson.dumps({**row, "ts": str(floor.clock.now_ms()), "subAcct": _sub_account(transfer)})
    floor.changes.records.append(
        ("transfers", number, transfer.by.uid, transfer.client_id or None, floor.clock.now_ms(), record)
    )
    return number


def state_row(transfer: Transfer, number: int) -> dict[str, str]:
    """Give OKX's row of a transfer that was made."""
    return {
        "transId": str(number), "clientId": transfer.client_id, "ccy": transfer.currency,
        "amt": plain(transfer.amount), "type": transfer.kind, "from": transfer.source.place,
        "to": transfer.target.place, "instId": "", "toInstId": "", "state": "success",
    }  # fmt: skip


def _sub_account(transfer: Transfer) -> str:
    """Name the sub-account a transfer is with; none for one within an account."""
    if transfer.kind == OWN:
        return ""
    return transfer.target.account.name or transfer.source.account.name


def _bill_funding(floor: Floor, transfer: Transfer, wallet: Wallet, change: Decimal) -> None:
    gives, account, now = change < 0, wallet.account, floor.clock.now_ms()
    kind = _OWN_BILLS[gives] if transfer.kind == OWN else _BILLS[not account.name, gives]
    number, balance = floor.next_id(), plain(floor.ledger.balance(account.funding, transfer.currency))
    row = {
        "billId": str(number), "ccy": transfer.currency, "clientId": transfer.client_id, "balChg": plain(change),
        "bal": balance, "type": kind, "notes": "", "ts": str(now),
    }  # fmt: skip
    floor.changes.records.append(("asset_bills", number, account.uid, transfer.currency, kind, now, orjson.dumps(row)))
