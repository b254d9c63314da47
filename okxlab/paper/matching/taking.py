"""A taker's way through the book: level by level, and in each level through the queue."""

from decimal import Decimal

from okxlab.paper.matching.depth import Offer
from okxlab.paper.matching.model import Desk
from okxlab.paper.matching.pit import Pit
from okxlab.paper.orders.order import Order

BY_IOC, BY_SELF_TRADE, BY_MANY = "14", "32", "33"  # OKX's cancelSource
MOST_MAKERS = 1000


class Taking:
    """One order that takes what it finds, up to its limit.

    Parameters
    ----------
    desk
        Does what is decided here.
    pit
        Where it trades.
    order
        The taker.
    limit
        The worst tick it takes, None for any.
    """

    def __init__(self, desk: Desk, pit: Pit, order: Order, limit: int | None) -> None:
        self._desk = desk
        self._pit = pit
        self._order = order
        self._limit = limit
        self._bids = not order.buys  # the side it takes from
        self._left = pit.lots(order.rest)
        self._makers = 0
        self._why = ""

    def fits(self) -> bool:
        """Whether all of it would be filled."""
        need = self._left
        for tick, others, _, own in self._pit.rungs(bids=self._bids):
            if self._beyond(tick):
                return False
            need -= others
            for maker in own:
                if not self._own(maker):
                    need -= self._pit.lots(maker.rest)
                elif need > 0 and self._order.ask.self_trade != "cancel_maker":
                    return False
            if need <= 0:
                return True
        return False

    def run(self) -> str:
        """Take; give OKX's cancelSource when the rest must end for another reason than that nothing is left to take."""
        while self._left and not self._why:
            tick = self._pit.best(bids=self._bids)
            if not tick or self._beyond(tick):
                break
            self._level(tick)
        return self._why

    def _level(self, tick: int) -> None:
        """Take from one level: others before us, us, others behind us."""
        pit, bids = self._pit, self._bids
        price = pit.price(tick)
        self._left = min(self._left, pit.lots(self._desk.affords(self._order, price)))
        offer, eaten = pit.depth.at(tick, bids=bids), 0
        for maker in pit.queues.at(tick, bids=bids):
            eaten += self._others(offer, price, min(maker.ahead, offer.lots) - eaten)
            if not self._left or self._why:
                break
            if maker.open:
                self._meet(maker)
        eaten += self._others(offer, price, offer.lots - eaten)
        if eaten:
            pit.depth.eat(tick, eaten, bids=bids)
            for maker in pit.queues.at(tick, bids=bids):
                maker.ahead = max(min(maker.ahead, offer.lots) - eaten, 0)

    def _others(self, offer: Offer, price: Decimal, lots: int) -> int:
        """Take up to some lots of an offer, and give how many."""
        lots = min(lots, self._left)
        if lots <= 0 or self._why or not self._count(-(-offer.orders * lots // offer.lots)):
            return 0
        self._left -= lots
        self._desk.fill(self._order, self._pit.size(lots), price, maker=False)
        return lots

    def _meet(self, maker: Order) -> None:
        """Trade with one of our own orders, or keep from it when it is of the same main account."""
        order, desk = self._order, self._desk
        if self._own(maker):
            mode = order.ask.self_trade
            if mode != "cancel_taker":
                desk.withdraw(maker, BY_SELF_TRADE)
            if mode != "cancel_maker":
                self._why = BY_SELF_TRADE
        elif self._left and self._count(1):
            lots = min(self._left, self._pit.lots(maker.rest))
            size, price = self._pit.size(lots), maker.price
            self._left -= lots
            desk.fill(order, size, price, maker=False)
            desk.fill(maker, size, price, maker=True, trade=order.last.trade_id if order.last else 0)

    def _count(self, makers: int) -> bool:
        """Count makers, and end the taker when they are too many."""
        if self._makers + makers > MOST_MAKERS:
            self._why = BY_MANY
            return False
        self._makers += makers
        return True

    def _beyond(self, tick: int) -> bool:
        return self._limit is not None and tick != self._limit and (tick < self._limit) is self._bids

    def _own(self, maker: Order) -> bool:
        return maker.account.parent == self._order.account.parent
