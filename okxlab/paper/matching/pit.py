"""Where one instrument trades: what others offer there, and the queues of our own orders among it."""

import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from okxlab.paper.exact import steps, times
from okxlab.paper.matching.depth import Depth
from okxlab.paper.matching.figures import figures
from okxlab.paper.matching.queue import Queues
from okxlab.paper.orders.order import Order
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.prints import Print, path_print
from okxlab.paper.products.instrument import Instrument

_BEAT = 100  # ms
_CALM = 8  # places of the path between two draws of the spread


class Rung(NamedTuple):
    """A level of both: lots and orders of others, and our own orders in their queue."""

    tick: int
    lots: int
    orders: int
    own: list[Order]


class Pit:
    """The living book of one instrument.

    Its quotes explain the last print of the path: after a buy the best ask of others stands at the print's price, after
    a sell the best bid.

    Parameters
    ----------
    instrument
        What trades here.
    feed
        The path.
    seed
        Of what others offer.
    """

    def __init__(self, instrument: Instrument, feed: Feed, seed: int) -> None:
        self.instrument = instrument
        self.queues = Queues()
        self._feed = feed
        self._figures = figures(instrument, feed)
        self._key = zlib.crc32(f"{seed} {instrument.name}".encode())
        self.depth = Depth(self._figures, self._key * 0x9E3779B97F4A7C15)
        self._place = -1
        self.stand()

    def stand(self) -> None:
        """Let the quotes stand where the feed does."""
        feed = self._feed
        if feed.place == self._place:
            return
        self._place = feed.place
        self.print: Print = path_print(feed, self.instrument, feed.place)
        self.low, self.high = (self.tick(self.print.price, bids=bids) for bids in (True, False))
        spread = self._spread()
        self.bid = max(self.high - spread, 0) if self.print.buys else self.low
        self.ask = self.high if self.print.buys else self.low + spread
        self.depth.stand(self.bid, self.ask, feed.now // _BEAT)

    def suits(self, instrument: Instrument) -> bool:
        """Whether the book can go on with an instrument as it is listed now: its steps are the same."""
        old = self.instrument
        if instrument is not old:
            if (instrument.tick, instrument.lot, instrument.minimum) != (old.tick, old.lot, old.minimum):
                return False
            self.instrument = instrument
        return True

    def tick(self, price: Decimal, *, bids: bool) -> int:
        """Give a price in ticks; one between two of them counts as the worse."""
        whole = steps(price, self.instrument.tick)
        return whole if bids or times(whole, self.instrument.tick) == price else whole + 1

    def price(self, tick: int) -> Decimal:
        """Give a tick's price."""
        return times(tick, self.instrument.tick)

    def size(self, lots: int) -> Decimal:
        """Give the size of lots."""
        return times(lots, self.instrument.lot)

    def lots(self, size: Decimal) -> int:
        """Count the lots in a size of whole ones."""
        return steps(size, self.instrument.lot)

    def best(self, *, bids: bool) -> int:
        """Give the best tick of a side, others' or ours, or 0."""
        ours, others = self.queues.best(bids=bids), self.depth.best(bids=bids).tick
        if not ours or not others:
            return ours or others
        return max(ours, others) if bids else min(ours, others)

    def crosses(self, tick: int, *, buys: bool) -> bool:
        """Whether an order at a tick would trade at once."""
        best = self.best(bids=not buys)
        return bool(best) and (tick >= best if buys else tick <= best)

    def join(self, order: Order) -> None:
        """Let an order rest at the end of the queue at its price, behind what others offer there now."""
        bids = order.buys
        tick = self.tick(order.price, bids=bids)
        order.ahead = self.depth.at(tick, bids=bids).lots
        self.queues.add(order, tick)

    def rungs(self, *, bids: bool) -> Iterator[Rung]:
        """Give the levels of a side, the best first."""
        ticks, at = iter(self.queues.ticks(bids=bids)), self.queues.at
        ours = next(ticks, 0)
        for tick, lots, orders, _ in self.depth.offers(bids=bids):
            while ours and ours != tick and (ours > tick) is bids:
                yield Rung(ours, 0, 0, at(ours, bids=bids))
                ours = next(ticks, 0)
            if ours == tick:
                yield Rung(tick, lots, orders, at(tick, bids=bids))
                ours = next(ticks, 0)
            else:
                yield Rung(tick, lots, orders, [])
        while ours:
            yield Rung(ours, 0, 0, at(ours, bids=bids))
            ours = next(ticks, 0)

    def ladder(self, depth: int, *, bids: bool) -> list[tuple[int, int, int]]:
        """Give the levels of a side, the best first, as tick, lots and number of orders."""
        standing = self.depth.standing(depth, bids=bids)
        found = [(tick, lots, orders) for tick, lots, orders, _ in standing[:depth]]
        best = self.queues.best(bids=bids)
        if len(found) == depth and (best < found[-1][0] if bids else best > found[-1][0] or not best):
            return found
        others = {rung[0]: rung for rung in found}
        for tick in self.queues.ticks(bids=bids)[:depth]:
            if len(found) == depth and (tick < found[-1][0] if bids else tick > found[-1][0]):
                break
            own = self.queues.at(tick, bids=bids)
            _, lots, orders = others.get(tick, (tick, 0, 0))
            others[tick] = tick, lots + sum(self.lots(order.rest) for order in own), orders + len(own)
        return sorted(others.values(), reverse=bids)[:depth]

    def _spread(self) -> int:
        """Draw the ticks from best bid to best ask, a quarter less or more than typical."""
        noise = zlib.crc32(f"{self._key} {self._place // _CALM}".encode()) / 2**32
        return max(round(self._figures.spread * (0.75 + noise / 2)), 1)
