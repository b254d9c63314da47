"""What trading costs: OKX's rates of a regular account."""

from decimal import Decimal

# of each instType, the maker's and the taker's
RATES = {
    "SPOT": (Decimal("0.0008"), Decimal("0.001")),
    "MARGIN": (Decimal("0.0008"), Decimal("0.001")),
    "SWAP": (Decimal("0.0002"), Decimal("0.0005")),
    "FUTURES": (Decimal("0.0002"), Decimal("0.0005")),
    "OPTION": (Decimal("0.0002"), Decimal("0.0003")),
}
MAKER, TAKER = RATES["SPOT"]


def rate(kind: str, *, maker: bool) -> Decimal:
    """Give the rate of one side of a trade.

    >>> rate("SWAP", maker=True)
    Decimal('0.0002')
    """
    return RATES[kind][0 if maker else 1]
