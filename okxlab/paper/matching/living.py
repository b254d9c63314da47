"""The fill model `book`: orders queue among the offers of others, and takers eat their way through them."""

from collections.abc import Mapping
from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import minus, steps, times
from okxlab.paper.matching.model import Desk, Level, Rung
from okxlab.paper.matching.pit import Pit
from okxlab.paper.matching.taking import BY_IOC, Taking
from okxlab.paper.matching.touch import BY_FOK, BY_POST_ONLY
from okxlab.paper.orders.ask import Ask, text
from okxlab.paper.orders.order import Order
from okxlab.paper.prices.feed import Feed
from okxlab.paper.products.instrument import Instrument

ZERO = Decimal(0)


class Living:
    """A book for each instrument, made when it is first needed.

    A resting order waits until the path trades through its price, which fills it whole, or until the path's prints at
    its price have used up what stood before it, and then is filled by their sizes.

    Parameters
    ----------
    desk
        Does what is decided here.
    feed
        The path.
    instruments
        By OKX's id.
    seed
        Of what others offer.
    """

    def __init__(self, desk: Desk, feed: Feed, instruments: Mapping[str, Instrument], seed: int) -> None:
        self._desk = desk
        self._feed = feed
        self._instruments = instruments
        self._seed = seed
        self._pits: dict[str, Pit] = {}
        self._busy: dict[str, Pit] = {}  # where something rests, in the order that came about

    def priced(self, account: Account, ask: Ask) -> tuple[Decimal, Decimal]:
        """Give the size that the book has for quote currency, and the best price; the worst met if none is to change.

        A market order that finds too little money on its way is cut short, unless ``banAmend`` forbids that.
        """
        if ask.price is not None:
            return ask.size, ask.price
        pit = self._pit(ask.instrument)
        best = pit.best(bids=not ask.buys)
        if not best:
            return ask.base_size(self._feed.price(ask.instrument.name)), self._feed.price(ask.instrument.name)
        size, worst = _walked(pit, account, ask)
        if ask.in_quote and size < ask.instrument.minimum:
            raise Refusal("51020")
        price = worst if text(ask.fields, "banAmend") == "true" else pit.price(best)
        return size if ask.in_quote else ask.size, price

    def arrive(self, order: Order) -> None:
        """Let an order take what it may; what is left of a limit order rests, of any other it ends."""
        pit, kind = self._pit(order.instrument), order.ask.kind
        limit = None if order.ask.price is None else pit.tick(order.price, bids=order.buys)
        why = BY_FOK if kind == "fok" else "" if kind in {"limit", "post_only"} else BY_IOC
        if limit is None or pit.crosses(limit, buys=order.buys):
            taking = Taking(self._desk, pit, order, limit)
            if kind == "post_only":
                why = BY_POST_ONLY
            elif kind != "fok" or taking.fits():
                why = taking.run() or why
        if order.state == "filled":
            return
        if why:
            self._desk.end(order, why)
        else:
            self.restore(order)
            self._desk.rest(order)

    def leave(self, order: Order) -> None:
        """Take an order out of its queue."""
        pit = self._pits[order.instrument.name]
        pit.queues.remove(order)
        if not len(pit.queues):
            self._busy.pop(order.instrument.name, None)

    def restore(self, order: Order) -> None:
        """Put an order at the end of its queue."""
        pit = self._pit(order.instrument)
        pit.join(order)
        self._busy[order.instrument.name] = pit

    def crosses(self, order: Order, price: Decimal) -> bool:
        """Whether the best offer of the other side is as good as a price."""
        pit = self._pit(order.instrument)
        return pit.crosses(pit.tick(price, bids=order.buys), buys=order.buys)

    def moved(self) -> None:
        """Fill what the path has traded through, and by its print what rests at its price."""
        for name, pit in list(self._busy.items()):
            if self._reached(pit, self._feed.price(name)):
                self._meet_path(self._pit(pit.instrument))

    def quiet_ahead(self) -> bool:
        """Whether the candle ahead, and the way there, reach nothing that rests."""
        if self._feed.point != "close":
            return False
        for name, pit in self._busy.items():
            _, first, second, _ = self._feed.points_ahead(name)
            if any(self._reached(pit, price) for price in (self._feed.price(name), first, second)):
                return False
        return True

    def printed(self, name: str, side: str, size: Decimal, price: Decimal) -> None:
        """Fill what rests at a print's price or better, after what stands before it at its own price."""
        pit, bids = self._pit(self._instruments[name]), side == "sell"
        limit = pit.tick(price, bids=not bids)
        while size and (tick := pit.queues.best(bids=bids)) and (tick >= limit if bids else tick <= limit):
            left = self._press(pit, tick, size, bids=bids)
            if left == size or pit.queues.best(bids=bids) == tick:
                return
            size = left

    def levels(self, name: str, depth: int) -> tuple[list[Level], list[Level]]:
        """Give what others and all accounts offer, level by level."""
        pit = self._pit(self._instruments[name])
        bids, asks = (
            [self.level(pit.instrument, rung) for rung in pit.ladder(depth, bids=bids)] for bids in (True, False)
        )
        return bids, asks

    def ladder(self, name: str, depth: int) -> tuple[list[Rung], list[Rung]]:
        """Give the same in ticks and lots."""
        pit = self._pit(self._instruments[name])
        return pit.ladder(depth, bids=True), pit.ladder(depth, bids=False)

    def level(self, instrument: Instrument, rung: Rung) -> Level:
        """Turn ticks and lots into price and size."""
        tick, lots, orders = rung
        return times(tick, instrument.tick), times(lots, instrument.lot), orders

    def resting(self, name: str) -> int:
        """Count the orders that rest in an instrument."""
        return len(self._pits[name].queues) if name in self._pits else 0

    def _pit(self, instrument: Instrument) -> Pit:
        """Give the book of an instrument as it stands now; one whose steps have changed is made anew."""
        name = instrument.name
        instrument = self._instruments.get(name, instrument)
        pit = self._pits.get(name)
        if pit is None or not pit.suits(instrument):
            new = self._pits[name] = Pit(instrument, self._feed, self._seed)
            for order in pit.queues if pit else ():
                new.join(order)
            if name in self._busy:
                self._busy[name] = new
            return new
        pit.stand()
        return pit

    def _reached(self, pit: Pit, price: Decimal) -> bool:
        """Whether anything rests at a price or beyond."""
        bid, ask = pit.queues.best(bids=True), pit.queues.best(bids=False)
        return bool(bid and pit.price(bid) >= price) or bool(ask and pit.price(ask) <= price)

    def _meet_path(self, pit: Pit) -> None:
        for bids in (True, False):
            self._pass_through(pit, bids=bids)
        pressed = not pit.print.buys  # a sell goes against the bids
        if pit.low == pit.high == pit.queues.best(bids=pressed) and pit.print.size:
            self._press(pit, pit.low, pit.print.size, bids=pressed, trade=pit.print.trade_id)

    def _pass_through(self, pit: Pit, *, bids: bool) -> None:
        """Fill whole, each at its own price, what the print or the other side's quote is beyond."""
        beyond = min(pit.low + 1, pit.ask) if bids else max(pit.high - 1, pit.bid)
        while (tick := pit.queues.best(bids=bids)) and (tick >= beyond if bids else tick <= beyond):
            order = pit.queues.at(tick, bids=bids)[0]
            self._desk.fill(order, order.rest, order.price, maker=True)

    def _press(self, pit: Pit, tick: int, size: Decimal, *, bids: bool, trade: int = 0) -> Decimal:
        """Let a size pass through the queue at a tick, others' offers and ours in turn; give what is left of it."""
        left, passed = pit.lots(size), 0
        others = pit.depth.at(tick, bids=bids).lots
        for order in pit.queues.at(tick, bids=bids):
            order.ahead = min(order.ahead, others)
            stood = min(max(order.ahead - passed, 0), left)
            passed, left = passed + stood, left - stood
            order.ahead = max(order.ahead - passed, 0)
            if order.open and (part := min(left, pit.lots(order.rest))):
                left -= part
                self._desk.fill(order, pit.size(part), order.price, maker=True, trade=trade)
        return pit.size(left)


def _walked(pit: Pit, account: Account, ask: Ask) -> tuple[Decimal, Decimal]:
    """Give what an order without a price would find in the book for its size, and the last price on its way."""
    lots, budget, price = 0, ask.size, ZERO
    for tick, others, _, own in pit.rungs(bids=not ask.buys):
        price = pit.price(tick)
        there = others + sum(pit.lots(order.rest) for order in own if order.account.parent != account.parent)
        if ask.in_quote:
            lot = times(price, ask.instrument.lot)
            part = min(there, steps(budget, lot))
            budget = minus(budget, times(part, lot))
        else:
            part = min(there, pit.lots(ask.size) - lots)
        lots += part
        if part < there:
            break
    return pit.size(lots), price
