"""What happens at its time: funding every eight hours, the end of contracts at 08:00 UTC, the roll of the listing."""

from collections.abc import Iterator
from decimal import Decimal

from okxlab.paper.accounts.delivery import Delivery
from okxlab.paper.accounts.desk import Desk
from okxlab.paper.accounts.ledger import MARKET
from okxlab.paper.accounts.liquidation import Liquidation
from okxlab.paper.accounts.margin import Margin
from okxlab.paper.accounts.position import Position
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.changes import BillKind
from okxlab.paper.exact import divided_freely, plus, times
from okxlab.paper.products.instrument import Contract

EIGHT_HOURS = 8 * 3_600_000
BY_DELIVERY = "10"  # OKX's cancelSource
PAID, RECEIVED = BillKind("8", "173"), BillKind("8", "174")
ONE = Decimal(1)


class Clockwork:
    """Watches feed time and the marks.

    Parameters
    ----------
    desk
        The venue.
    margin
        Settles its contracts.
    """

    def __init__(self, desk: Desk, margin: Margin) -> None:
        self._desk = desk
        self._margin = margin
        self._delivery = Delivery(desk, margin)
        self._liquidation = Liquidation(desk)
        self._due = _next(desk.feed.now)

    @property
    def exposed(self) -> bool:
        """Whether anybody has a position, so that every place of the path matters."""
        return any(account.positions for account in self._desk.accounts.values())

    def strike(self) -> None:
        """Do what has become due, before orders meet the new prices."""
        now = self._desk.feed.now
        while self._due <= now:
            moment, self._due = self._due, _next(self._due)
            for position in list(self._positions()):
                if position.instrument.kind == "SWAP":
                    self._pay(position, moment)
            self._expire(moment)

    def wake(self) -> None:
        """End what has expired while the process was away; the funding of that time is nobody's."""
        self._expire(self._desk.feed.now)

    def watch(self) -> None:
        """Liquidate what the marks no longer carry."""
        for account in self._desk.accounts.values():
            if account.positions:
                self._liquidation.watch(account)

    def _positions(self) -> Iterator[Position]:
        for account in self._desk.accounts.values():
            yield from account.positions.values()

    def _pay(self, position: Position, moment: int) -> None:
        """Let a position pay or receive its funding; an isolated one does so from its margin."""
        desk, instrument, currency = self._desk, position.instrument, position.currency
        mark = desk.standings.marks.mark_price(instrument)
        rate = desk.standings.marks.funding_rate(instrument, moment)
        amount = divided_freely(times(position.worth(mark), rate), ONE)
        if not amount:
            return
        change = amount.copy_negate() if position.long else amount
        desk.ledger.move(currency, change, MARKET, position.account.uid)
        position.funding = plus(position.funding, change)
        if position.mode == "isolated":
            self._margin.set_aside(position, change)
        self._margin.note(position)
        if desk.grids.live:
            desk.grids.fund(position.account, change)
        entry = Entry(
            currency, change, instrument.name, position.size.copy_abs(), mark, pnl=change, mode=position.mode
        )  # fmt: skip
        desk.bill(position.account, entry, PAID if change < 0 else RECEIVED)

    def _expire(self, moment: int) -> None:
        """End what expires up to a moment: orders, positions, then the instruments themselves."""
        desk = self._desk
        for order in [order for order in desk.open.values() if _ends(order.instrument.contract, moment)]:
            if order.open:
                desk.withdraw(order, BY_DELIVERY)
        for position in [row for row in self._positions() if _ends(row.instrument.contract, moment)]:
            self._delivery.deliver(position)
        gone, fresh = desk.listing.roll(moment)
        desk.changes.instruments.update(row.name for row in (*gone, *fresh))
        for row in [row for row in desk.listing.values() if _ends(row.contract, moment)]:
            desk.listing.remove(row.name)
            desk.changes.instruments.add(row.name)


def _ends(contract: Contract | None, moment: int) -> bool:
    return contract is not None and 0 < contract.expiry <= moment


def _next(now: int) -> int:
    return (now // EIGHT_HOURS + 1) * EIGHT_HOURS
