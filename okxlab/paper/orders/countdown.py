"""Cancel-all-after: countdowns that take an account's orders back unless they are wound up again in time."""

from collections.abc import Iterator

import orjson

from okxlab.paper.accounts.account import Account
from okxlab.paper.codes import Refusal
from okxlab.paper.orders.order import Order

NAME = "countdowns"  # in the database
MOST_TAGS = 20
_NEVER = 1 << 62


class Countdowns:
    """When orders are to be taken back, by account and tag; the empty tag stands for all orders of the account.

    Examples
    --------
    >>> countdowns = Countdowns()
    >>> countdowns.set(Account("7", "7"), "", 61_000)
    >>> countdowns.next, list(countdowns.orders_due(61_000))
    (61000, [])
    """

    def __init__(self) -> None:
        self.next = _NEVER
        self._all: dict[tuple[str, str], tuple[int, Account]] = {}

    def set(self, account: Account, tag: str, moment: int) -> None:
        """Set a countdown that ends at a moment (ms of protocol time), in place of the one there was.

        Raises
        ------
        Refusal
            51071 when the account has as many tags as it may.
        """
        key = account.uid, tag
        if key not in self._all and sum(uid == account.uid for uid, _ in self._all) >= MOST_TAGS:
            raise Refusal("51071")
        self._all[key] = moment, account
        self._find_next()

    def stop(self, account: Account, tag: str) -> None:
        """Stop a countdown."""
        self._all.pop((account.uid, tag), None)
        self._find_next()

    def orders_due(self, now: int) -> Iterator[Order]:
        """Give the orders of the countdowns that have ended, which are forgotten, the earliest first."""
        if now < self.next:
            return
        ended = sorted((moment, uid, tag) for (uid, tag), (moment, _) in self._all.items() if moment <= now)
        for _, uid, tag in ended:
            _, account = self._all.pop((uid, tag))
            yield from [order for order in account.open.values() if tag in {"", order.ask.tag}]
        self._find_next()

    def record(self) -> tuple[str, str, str]:
        """Give the row that is kept on disk: account, tag and moment of each."""
        rows = [[uid, tag, moment] for (uid, tag), (moment, _) in self._all.items()]
        return "meta", NAME, orjson.dumps(rows).decode()

    def _find_next(self) -> None:
        self.next = min((moment for moment, _ in self._all.values()), default=_NEVER)
