"""The path of a candle: open, the nearer extreme, the other extreme, close."""

from decimal import Decimal

from okxlab.paper.exact import minus

Points = tuple[Decimal, Decimal, Decimal, Decimal]
NAMES = ("open", "first", "second", "close")


def points(opening: Decimal, high: Decimal, low: Decimal, close: Decimal) -> Points:
    """Give the four prices a candle passes through, in order; equally near extremes: the low comes first.

    >>> points(Decimal(10), Decimal(12), Decimal(9), Decimal(11)) == (10, 9, 12, 11)
    True
    >>> points(Decimal(10), Decimal(11), Decimal(9), Decimal(10)) == (10, 9, 11, 10)
    True
    """
    if minus(opening, low) <= minus(high, opening):
        return opening, low, high, close
    return opening, high, low, close
