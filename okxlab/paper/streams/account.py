"""The channels of an account's balance and greeks: all at first, then with every event and every few seconds."""

from abc import ABC, abstractmethod
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.changes import Changes
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import plain
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet
from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.topic import Topic

SNAPSHOT: dict[str, Any] = {"eventType": "snapshot", "curPage": 1, "lastPage": True}
UPDATE: dict[str, Any] = {"eventType": "event_update"}


class Kept(Topic, ABC):
    """A private channel that repeats itself.

    Parameters
    ----------
    reading
        Who asks for the rows.
    account
        Whose they are.
    repeat
        Seconds between two repetitions; 0 for none.
    soon
        Seconds for which events are gathered.
    """

    def __init__(
        self, arg: dict[str, str], outlet: Outlet, reading: Reading, account: Account, *, repeat: float, soon: float
    ) -> None:
        super().__init__(arg, outlet, every=soon, quick=True)
        self.reading = reading
        self.account = account
        self._repeat = repeat
        self._again = 0.0

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener how all stands."""
        if not self.listeners:
            self._again = now + self._repeat
        self.push(self.rows(), (connection,), **SNAPSHOT)

    def beat(self, now: float) -> None:
        """Tell what changed, and all of it again when it is time."""
        super().beat(now)
        if self._repeat and now >= self._again:
            self._again = now + self._repeat
            self.repeated()

    def repeated(self) -> None:
        """Tell all of it again."""
        self.push(self.rows(), **UPDATE)

    @abstractmethod
    def rows(self) -> list[Any]:
        """Give the rows as they stand."""


class AccountTopic(Kept):
    """What an account owns; ``path`` is the endpoint that shows it."""

    _path = "account/balance"

    def hear(self, changes: Changes) -> None:
        """Take note of a turn that changed a balance, a position or a grid bot."""
        uid = self.account.uid
        self.stale = (
            self.stale
            or uid in changes.accounts
            or any(owner == uid for owner, _ in changes.balances)
            or any(position.account is self.account for position in changes.positions.values())
            or any(grid.owner is self.account for grid in changes.grids.values())
        )

    def flush(self, now: float) -> None:
        """Tell how it stands now."""
        self.repeated()

    def rows(self) -> list[Any]:
        """Give what it owns, of one currency if that was asked."""
        asked = {"ccy": self.arg["ccy"]} if "ccy" in self.arg else {}
        try:
            return [self._shaped(row) for row in self.reading.rows(self._path, asked, self.account)]
        except Refusal:  # the account's mode shows nothing of this kind
            return []

    def _shaped(self, row: dict[str, Any]) -> dict[str, Any]:
        """Give a row as it is pushed: with the price of each currency, and one field under its other name."""
        price = self.reading.venue.standings.usd
        details = [
            {**detail, "coinUsdPrice": plain(price(detail["ccy"])), "maxSpotInUseAmt": detail["maxSpotInUse"]}
            for detail in row["details"]
        ]
        return {**row, "details": details}


class GreeksTopic(AccountTopic):
    """The greeks of an account's options by currency; who has none is told nothing."""

    _path = "account/greeks"

    def _shaped(self, row: dict[str, Any]) -> dict[str, Any]:
        return row

    def greet(self, connection: Connection, now: float) -> None:
        """Tell a new listener how they stand."""
        if rows := self.rows():
            self.push(rows, (connection,))

    def repeated(self) -> None:
        """Tell them again."""
        if rows := self.rows():
            self.push(rows)
