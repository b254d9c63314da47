"""An exchange without a wire, and a trader at its desk."""

from okxlab.paper import open_exchange
from okxlab.paper.rest.route import Call
from okxlab.paper.rows.quotes import bars


class Desk:
    """A trader's view of an exchange without a wire: his orders, fills and balances, each call a turn of its own."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.venue = exchange.venue
        self.account = self.venue.accounts.main
        self.feed, self.log, self.clock = self.venue.feed, self.venue.log, self.venue.clock
        self.instruments, self.book = self.venue.listing, self.venue.model
        self.fills, self.orders = [], {}
        self.venue.sinks.append(self._hear)

    def _hear(self, changes):
        self.fills.extend(changes.fills)
        self.orders.update(changes.orders)

    def _turn(self, act, *arguments, **more):
        try:
            return act(*arguments, **more)
        finally:
            self.venue.settle()

    def place(self, fields):
        """Place an order."""
        return self._turn(self.venue.place, self.account, fields)

    def cancel(self, fields):
        """Cancel an order."""
        return self._turn(self.venue.cancel, self.account, fields)

    def step(self, points, **more):
        """Move the feed."""
        return self._turn(self.venue.step, points, **more)

    def inch(self, places=1):
        """Move the feed place by place."""
        for _ in range(places):
            self._turn(self.venue.inch)

    def trade(self, fields):
        """Print somebody else's trade."""
        return self._turn(self.venue.trade, fields)

    def candles(self, bar, count, name="BTC-USDT"):
        """Give the newest bars of an instrument, newest first."""
        return bars(self.venue, self.venue.listing[name]).newest(bar, count)

    def call(self, **params):
        """Give a request of the trader's, as an endpoint gets it."""
        return Call(self.venue, self.exchange.archive, params, self.account)

    @property
    def open(self):
        """The resting orders."""
        return self.account.open

    def balance(self, currency):
        """What the trader has."""
        return self.venue.ledger.balance(self.account.uid, currency)

    def available(self, currency):
        """What his next order may use."""
        return self.venue.ledger.available(self.account.uid, currency)

    def total(self, currency):
        """What everybody has together, the world outside included."""
        return self.venue.ledger.total(currency)

    def held(self, currency):
        """What his orders hold."""
        return self.venue.ledger.held(self.account.uid, currency)


def open_desk(options, clock):
    """Open an exchange without a wire and stand at its desk."""
    return Desk(open_exchange(options, clock))
