"""The accounts of the exchange: a main account and its sub-accounts."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.ledger import OUTSIDE, Ledger

MAIN_UID = "700000000000000001"


class Accounts(Mapping[str, Account]):
    """By uid; the main account is there from the start.

    Parameters
    ----------
    ledger
        Where their balances stand.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.main = Account(MAIN_UID, MAIN_UID, label="paper")
        self._all = {MAIN_UID: self.main}

    def __getitem__(self, uid: str) -> Account:
        return self._all[uid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, account: Account) -> None:
        """Open an account."""
        self._all[account.uid] = account

    def remove(self, account: Account) -> None:
        """Close an account that nobody can have a key of: a bot's purse."""
        del self._all[account.uid]

    def subs(self) -> list[Account]:
        """Give the sub-accounts, oldest first."""
        return [account for account in self._all.values() if account.name]

    def named(self, name: str) -> Account | None:
        """Give the sub-account of a name, the main account for none."""
        return next((account for account in self._all.values() if account.name == name), None)

    def open_sub(self, name: str, label: str, created: int) -> Account:
        """Open a sub-account."""
        uid = str(int(MAIN_UID) + 1 + len(self.subs()))
        account = Account(uid, MAIN_UID, name, label, created=created)
        self.add(account)
        return account

    def restore(self, account: Account) -> None:
        """Bring back an account as an earlier process left it."""
        self._all[account.uid] = account
        if account.uid == MAIN_UID:
            self.main = account

    def deposit(self, account: Account, currency: str, amount: Decimal) -> None:
        """Give an account something from outside."""
        self._ledger.move(currency, amount, OUTSIDE, account.uid)
