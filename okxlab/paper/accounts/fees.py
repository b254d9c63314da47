"""What trading costs: OKX's rates of a regular account."""

from decimal import Decimal

from okxlab.paper.accounts.position import Position
from okxlab.paper.exact import times

# of each instType, the maker's and the taker's
RATES = {
    "SPOT": (Decimal("0.0008"), Decimal("0.001")),
    "MARGIN": (Decimal("0.0008"), Decimal("0.001")),
    "SWAP": (Decimal("0.0002"), Decimal("0.0005")),
    "FUTURES": (Decimal("0.0002"), Decimal("0.0005")),
    "OPTION": (Decimal("0.0002"), Decimal("0.0003")),
}
OPTION_MOST = Decimal("0.125")
DELIVERY, EXERCISE = Decimal("0.0001"), Decimal("0.0002")
MAKER, TAKER = RATES["SPOT"]


def rate(kind: str, *, maker: bool) -> Decimal:
    """Give the rate of one side of a trade.

    >>> rate("SWAP", maker=True)
    Decimal('0.0002')
    """
    return RATES[kind][0 if maker else 1]


def contract_fee(kind: str, value: Decimal, worth: Decimal, share: Decimal) -> Decimal:
    """Give the fee of contracts: a share of their worth; of an option, of its underlying, at most 12.5% of the premium.

    ``value`` is what the contracts stand for, ``worth`` what they are worth in the currency that settles them.
    """
    if kind == "OPTION":
        return min(times(value, share), times(worth, OPTION_MOST))
    return times(worth, share)


def closing_fee(position: Position, price: Decimal) -> Decimal:
    """Give the fee of closing a position at a price, as a taker."""
    instrument, size = position.instrument, position.size.copy_abs()
    unit = instrument.terms.value
    return contract_fee(instrument.kind, times(size, unit), position.worth(price), rate(instrument.kind, maker=False))
