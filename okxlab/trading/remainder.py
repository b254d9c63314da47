"""What is left of an order that ended before it was whole."""

from decimal import Decimal

from okxlab.model import Side

_ZERO = Decimal(0)


def remainder(side: Side, size: Decimal, filled: Decimal, minimum: Decimal) -> Decimal:
    """Give what of an order is still to be placed once so much has filled; zero when it is whole.

    The exchange takes no order below its minimum. A sell leaves so little in the account, and so does a buy that has
    bought enough to be sold; another asks for the minimum.
    """
    left = size - filled
    if left <= 0:
        return _ZERO
    if left >= minimum:
        return left
    return minimum if side == "buy" and filled < 2 * minimum else _ZERO
