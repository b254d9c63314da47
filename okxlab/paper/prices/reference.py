"""What everybody measures by: index and mark prices, funding, price limits, and what options are made of.

Each answer is for where the feed stands. Marks and rates are made up with floats and given as decimals.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from math import exp, log, sqrt

import numpy as np

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import floored, minus, plus, times
from okxlab.paper.prices import black, premium, surface
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.market import Market
from okxlab.paper.prices.noise import Floats
from okxlab.paper.products.coins import MONEY, STABLE
from okxlab.paper.products.instrument import Contract, Instrument
from okxlab.paper.products.listing import Listing
from okxlab.paper.products.steps import nearest

HOUR = 3_600_000
FUNDING_PERIOD = 8 * HOUR
MINUTE = 60_000
_YEAR = 365 * 24 * HOUR
_INTEREST, _CALM = 0.0001, 0.0005  # a period; how far the interest may pull the premium
MOST_FUNDING = {"BTC": Decimal("0.00375"), "ETH": Decimal("0.00375")}
MOST_FUNDING_ELSE = Decimal("0.015")
_RATE_STEP, _OPTION_STEP = Decimal("1e-12"), Decimal("1e-8")
_BANDS = {"SPOT": Decimal("0.1"), "MARGIN": Decimal("0.1"), "SWAP": Decimal("0.05"), "FUTURES": Decimal("0.05")}
_OPTION_BAND = Decimal("0.05")  # coin
_ONE, _MONEY_STEP = Decimal(1), Decimal("0.00001")
UNITS = ("USD", *STABLE)  # of account


@dataclass(frozen=True)
class Quoted:
    """What an option's mark is made of: forward in USD, volatility a year, the chain's level of it, years left."""

    forward: float
    volatility: float
    level: float
    years: float


class Reference:
    """Prices to measure by, where the feed stands.

    On recorded prices the mark is the recorded price, and the index that of the pair, or of a contract when there is
    no pair.

    Parameters
    ----------
    listing
        What there is.
    feed
        Where the market stands.
    """

    def __init__(self, listing: Listing, feed: Feed) -> None:
        self._listing = listing
        self._feed = feed
        self._world = feed.sources.world if isinstance(feed.sources, Market) else None
        self._marks: dict[str, tuple[int, Decimal]] = {}
        self._edges: dict[tuple[str, int], tuple[int, float, float]] = {}
        self._rates: dict[tuple[str, int], tuple[int, Decimal]] = {}

    def index_price(self, name: str) -> Decimal:
        """Give the index of an instrument, a family or a pair by its id; ``BTC-USD`` is one of its own.

        Raises
        ------
        Refusal
            51001 when there is none.
        """
        pair = self._pair(name)
        if pair is None:
            raise Refusal("51001")
        family = "-".join(name.split("-")[:2])
        if self._world is not None and family != pair.name:
            return nearest(self._world.index(family, self._feed.now), pair.tick)
        return self._feed.price(pair.name)

    def dollars(self, currency: str) -> Decimal:
        """Give what one unit of a currency is worth in USD; stable coins, and the money of a price file, count as 1."""
        pair = self._listing.get(f"{currency}-USDT")
        if currency in UNITS or (pair is None and self._world is None and self._quoted_in(currency)):
            return _ONE
        if pair is None and currency in MONEY and self._world is not None:
            return nearest(self._world.dollars(currency, self._feed.now), _MONEY_STEP)
        return self.index_price(f"{currency}-USDT")

    def mark_price(self, instrument: Instrument) -> Decimal:
        """Give the mark price: of spot its price, of a contract on its tick, of an option in coin, 8 decimals."""
        if instrument.contract is None or instrument.kind == "MARGIN" or self._world is None:
            return self._feed.price(instrument.name)
        kept = self._marks.get(instrument.name)
        if kept is None or kept[0] != self._feed.now:
            kept = self._marks[instrument.name] = (self._feed.now, self._mark(instrument, instrument.contract))
        return kept[1]

    def delivery_price(self, instrument: Instrument) -> Decimal:
        """Give the index at which an expired future or option is settled: the one at its expiry."""
        contract = instrument.terms
        pair = self._listing.get(f"{instrument.base}-USDT")
        if self._world is None or pair is None:
            return self.index_price(contract.family)
        return nearest(self._world.index(contract.family, contract.expiry), pair.tick)

    def funding_rate(self, instrument: Instrument, funding_time: int) -> Decimal:
        """Give the rate paid at a funding time (ms UTC of feed time): the mean premium of the eight hours before it.

        Of the period under way it is what is known so far, of one to come what stands now; 0 when it is no swap.
        """
        if instrument.kind != "SWAP":
            return Decimal(0)
        now = self._feed.now
        known = funding_time if now >= funding_time else now // MINUTE * MINUTE
        place = (instrument.name, funding_time)
        kept = self._rates.get(place)
        if kept is None or kept[0] != known:
            if len(self._rates) > 2000:
                self._rates.clear()
            kept = self._rates[place] = (known, self._funding(instrument, funding_time, known))
        return kept[1]

    def most_funding(self, instrument: Instrument) -> Decimal:
        """Give what the rate never exceeds, either way."""
        return MOST_FUNDING.get(instrument.base, MOST_FUNDING_ELSE)

    def next_funding(self, ms: int) -> int:
        """Give the first funding time after a feed time (ms UTC): 00:00, 08:00 or 16:00."""
        return (ms // FUNDING_PERIOD + 1) * FUNDING_PERIOD

    def premium(self, instrument: Instrument) -> float:
        """Give mark over index, less one (a float)."""
        if self._world is None:
            return float(self.mark_price(instrument)) / float(self.index_price(instrument.family)) - 1
        return exp(self._premium(instrument.terms, self._feed.now)) - 1

    def price_limits(self, instrument: Instrument) -> tuple[Decimal, Decimal]:
        """Give the highest price to buy at and the lowest to sell at."""
        mark, tick = self.mark_price(instrument), instrument.tick
        room = _OPTION_BAND if instrument.kind == "OPTION" else times(mark, _BANDS[instrument.kind])
        high, low = floored(plus(mark, room), tick), max(minus(mark, room), tick)
        lowest = floored(low, tick)
        return max(high, tick), lowest if lowest == low else plus(lowest, tick)

    def quoted(self, instrument: Instrument) -> Quoted:
        """Give what an option's mark is made of."""
        contract, now = instrument.terms, self._feed.now
        forward = float(self.index_price(contract.family)) * exp(self._premium(contract, now))
        years = max(contract.expiry - now, 0) / _YEAR
        level = self._level(instrument.base, now)
        sigma = float(surface.volatility(level, years, log(float(contract.strike) / forward)))
        return Quoted(forward, sigma, level, years)

    def greeks(self, instrument: Instrument) -> black.Greeks:
        """Give the greeks of an option."""
        found, contract = self.quoted(instrument), instrument.terms
        return black.greeks(contract.right, found.forward, float(contract.strike), found.volatility, found.years)

    def _pair(self, name: str) -> Instrument | None:
        """Give what an index is read from: the pair itself, or one much like it, on recordings even a contract."""
        base, quote = (*name.split("-"), "")[:2]
        like = f"{base}-USDT" if quote in UNITS else ""
        pair = self._listing.get(f"{base}-{quote}") or self._listing.get(like)
        if pair is None and self._world is None:
            kin = [row for row in self._listing.values() if row.base == base and row.kind != "OPTION"]
            pair = next((row for row in kin if row.contract is None), kin[0] if kin else None)
        return pair

    def _quoted_in(self, currency: str) -> bool:
        return any(row.quote == currency for row in self._listing.values())

    def _mark(self, instrument: Instrument, contract: Contract) -> Decimal:
        if contract.right:
            found = self.quoted(instrument)
            deviation = found.volatility * sqrt(found.years)
            coin = float(black.price(contract.right, found.forward, float(contract.strike), deviation))
            return Decimal(round(coin / float(_OPTION_STEP))) * _OPTION_STEP
        above = exp(self._premium(contract, self._feed.now))
        return nearest(float(self.index_price(contract.family)) * above, instrument.tick)

    def _premium(self, contract: Contract, now: int) -> float:
        if self._world is None:
            return 0.0
        make = partial(premium.premium, self._world.seed, contract)
        return self._between((contract.family, contract.expiry), make, now)

    def _level(self, coin: str, now: int) -> float:
        return self._between((coin, 0), partial(surface.level, self._world.seed if self._world else 0, coin), now)

    def _between(self, curve: tuple[str, int], make: Callable[[Floats], Floats], now: int) -> float:
        """Give a curve's value at a time; between full minutes it is straight."""
        minute, part = divmod(now, MINUTE)
        kept = self._edges.get(curve)
        if kept is None or kept[0] != minute:
            left, right = make(np.array((minute, minute + 1), dtype=np.float64)).tolist()
            kept = self._edges[curve] = (minute, left, right)
        return kept[1] + (kept[2] - kept[1]) * part / MINUTE

    def _funding(self, instrument: Instrument, funding_time: int, known: int) -> Decimal:
        start = min(funding_time - FUNDING_PERIOD, known - MINUTE)
        if self._world is None:
            mean = self._recorded_premium(instrument, start, known)
        else:
            minutes = np.arange(start // MINUTE, known // MINUTE, dtype=np.float64)
            mean = float(np.expm1(premium.premium(self._world.seed, instrument.terms, minutes)).mean())
        rate = mean + min(max(_INTEREST - mean, -_CALM), _CALM)
        most = self.most_funding(instrument)
        return min(max(Decimal(round(rate / float(_RATE_STEP))) * _RATE_STEP, -most), most)

    def _recorded_premium(self, instrument: Instrument, start: int, end: int) -> float:
        """Give the mean of a recorded contract over its recorded pair, from close to close; 0 without a pair."""
        pair = self._pair(instrument.family) or instrument
        source, index = self._feed.sources[instrument.name], self._feed.sources[pair.name]
        first, last = max(source.at(start - 1) + 1, source.first), min(source.at(end - 1) + 1, self._feed.index)
        above, below = (
            each.columns(first, last).close * float(each.price(1)) for each in (source, index)
        )  # fmt: skip
        return float((above / below).mean()) - 1 if len(above) else 0.0
