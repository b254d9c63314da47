"""Turnover: what so many round trips a day move in a year, and what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from okxlab.errors import InputError
from okxlab.grid.money import EXACT, RATIO, total
from okxlab.model import Number, exact

_DAYS = Decimal(365)


@dataclass(frozen=True, slots=True)
class Turnover:
    """What ``round_trips`` a day come to in a year of 365 days, if every interval turns over equally often.

    Attributes
    ----------
    round_trips
        Of the whole grid, a day.
    traded, fees, profit
        Value bought and sold, fees of both sides, and what the round trips leave after them; quote currency a year.
    times
        How often the money put in is traded a year: ``traded / money``.
    cost
        Fees a year as a fraction of the money put in.
    """

    round_trips: Decimal
    traded: Decimal
    fees: Decimal
    profit: Decimal
    times: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What one round trip of an interval moves, in quote currency: value bought, value sold, fees of both."""

    bought: Decimal
    sold: Decimal
    fees: Decimal
    profit: Decimal


def turnover(trips: Sequence[RoundTrip], money: Decimal, round_trips: Number) -> Turnover:
    """Give what ``round_trips`` a day, spread evenly over the intervals' ``trips``, come to in a year.

    Raises
    ------
    InputError
        When ``round_trips`` is negative or no number.

    Examples
    --------
    >>> trip = RoundTrip(Decimal(100), Decimal(101), Decimal("0.2"), Decimal("0.8"))
    >>> year = turnover([trip], Decimal(1000), 2)
    >>> year.traded, year.fees, year.times, year.cost
    (Decimal('146730'), Decimal('146.0'), Decimal('146.73'), Decimal('0.146'))
    """
    daily = exact(round_trips, "round_trips")
    if daily < 0:
        raise InputError(f"round_trips is {round_trips!r}, which is negative.", "Give how many there are a day.")
    yearly, count = EXACT.multiply(daily, _DAYS), Decimal(len(trips))
    traded = total([EXACT.add(trip.bought, trip.sold) for trip in trips])
    sums = traded, total([trip.fees for trip in trips]), total([trip.profit for trip in trips])
    traded, fees, profit = (RATIO.divide(RATIO.multiply(yearly, amount), count) for amount in sums)
    return Turnover(daily, traded, fees, profit, RATIO.divide(traded, money), RATIO.divide(fees, money))
