"""The channels of orders and of algo orders: every change as it happens, nothing before."""

from collections.abc import Iterable, Mapping
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.changes import Changes
from okxlab.paper.products.listing import Listing
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.topic import Topic

ANY = "ANY"
_ALGOS = "trade/orders-algo-pending"
_ADVANCED = frozenset(("move_order_stop", "iceberg", "twap"))


class OrderNewsTopic(Topic):
    """What becomes of an account's orders.

    Parameters
    ----------
    account
        Whose orders.
    listing
        For the family of an instrument.
    """

    def __init__(self, arg: dict[str, str], outlet: Outlet, account: Account, listing: Listing) -> None:
        super().__init__(arg, outlet)
        self._account = account
        self._listing = listing

    def opened(self) -> None:
        """Have rows made of the account's news."""
        self._account.watched += 1

    def closed(self) -> None:
        """Have no more rows made."""
        self._account.watched -= 1

    def hear(self, changes: Changes) -> None:
        """Tell the news at once."""
        for row in self._news(changes):
            if wanted(self.arg, row, self._listing):
                self.push([row])

    def _news(self, changes: Changes) -> Iterable[Mapping[str, Any]]:
        return [news.row for news in changes.news if news.order.account is self._account]


class AlgoNewsTopic(OrderNewsTopic):
    """What becomes of an account's algo orders: the plain kinds on one channel, the advanced ones on the other.

    Parameters
    ----------
    reading
        For what stands, which the advanced channel tells at first; None tells nothing.
    """

    def __init__(
        self, arg: dict[str, str], outlet: Outlet, account: Account, listing: Listing, reading: Reading | None
    ) -> None:
        super().__init__(arg, outlet, account, listing)
        self._reading = reading

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener the advanced algo orders that stand."""
        if self._reading is None:
            return
        rows = self._reading.rows(_ALGOS, {"ordType": "move_order_stop"}, self._account)
        if found := [self._shaped(row) for row in rows if wanted(self.arg, row, self._listing)]:
            self.push(found, (connection,))

    def _news(self, changes: Changes) -> Iterable[Mapping[str, Any]]:
        advanced = self._reading is not None
        return [
            self._shaped(row)
            for account, row in changes.algo_news
            if account is self._account and (row["ordType"] in _ADVANCED) is advanced
        ]

    def _shaped(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give a row as its channel pushes it: the advanced one says when, and of how many."""
        if self._reading is None:
            return row
        return {**row, "count": "1", "pTime": str(self._reading.venue.clock.now_ms())}


def wanted(arg: Mapping[str, str], row: Mapping[str, Any], listing: Listing) -> bool:
    """Whether a row is of the instType, instFamily, instId and algoId a subscription asks for."""
    if arg.get("instType", ANY) not in {ANY, row["instType"]}:
        return False
    if arg.get("instId", row["instId"]) != row["instId"]:
        return False
    if "algoId" in arg and arg["algoId"] != row.get("algoId"):
        return False
    family = arg.get("instFamily")
    return family is None or family == family_of(listing, row["instId"])


def family_of(listing: Listing, name: str) -> str:
    """Give the instFamily of an instrument, empty when it has none."""
    contract = listing.known(name).contract
    return contract.family if contract else ""
