"""Size profiles: how much each interval of a grid trades, compared with the others."""

from collections.abc import Sequence
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Literal, cast

from okxlab.errors import SpecError
from okxlab.grid.money import EXACT
from okxlab.model import Number, exact

Profile = Literal["equal_base", "equal_quote", "mountain", "valley", "slope_up", "slope_down"]
Sizes = Profile | tuple[Decimal, ...]

PROFILES = ("equal_base", "equal_quote", "mountain", "valley", "slope_up", "slope_down")


def check_sizes(sizes: str | Sequence[Number], grids: int) -> Sizes:
    """Give a profile's name, or the weights of ``grids`` intervals as Decimals, or raise SpecError."""
    if not grids and sizes != "equal_base":
        raise SpecError("An infinity grid keeps its base at one value, which sizes each interval.", "Leave sizes out.")
    if isinstance(sizes, str):
        if sizes in PROFILES:
            return cast("Profile", sizes)
        near = get_close_matches(sizes.lower(), PROFILES, n=1, cutoff=0.4)
        fix = f"Did you mean {near[0]!r}?" if near else f"Use one of {', '.join(PROFILES)}, or a weight an interval."
        raise SpecError(f"sizes is {sizes!r}, which okxlab does not know.", fix)
    try:
        given = list(sizes)
    except TypeError:
        raise SpecError(f"sizes is {sizes!r}, which is no profile.", "Give its name or a weight an interval.") from None
    if len(given) != grids:
        raise SpecError(f"sizes holds {len(given)} weights, and the grid has {grids} intervals.", "Give one for each.")
    read = tuple(exact(weight, f"sizes[{i}]") for i, weight in enumerate(given))
    small = next((i for i, weight in enumerate(read) if weight <= 0), None)
    if small is not None:
        raise SpecError(f"sizes[{small}] is {given[small]}, and every interval trades.", "Give weights above zero.")
    return read


def weights(sizes: Sizes, levels: Sequence[Decimal]) -> tuple[Fraction, ...]:
    """Give the weight of each interval, lowest first: base quantities (contracts) in proportion, exact.

    ``"equal_base"`` trades the same base quantity everywhere (OKX's rule), ``"equal_quote"`` the same quote value at
    each interval's lower level. The other profiles run in straight lines between 1 and 3, the reach of OctoBot's
    order-size modes (half the average to one and a half): ``"mountain"`` has its 3 in the middle of the range,
    ``"valley"`` at both ends, ``"slope_up"`` at the top, ``"slope_down"`` at the bottom. The middle is that of the
    range, not the price at launch, so that a profile means the same wherever the grid starts.

    Parameters
    ----------
    sizes
        A profile or a weight an interval.
    levels
        Prices of the grid, lowest first, one more than intervals.

    Examples
    --------
    >>> prices = [Decimal(price) for price in (100, 110, 120, 130, 140, 150)]
    >>> [str(weight / 2) for weight in weights("mountain", prices)]
    ['1', '2', '3', '2', '1']
    >>> [str(weight * 100) for weight in weights("equal_quote", prices)]
    ['1', '10/11', '5/6', '10/13', '5/7']
    """
    if not isinstance(sizes, str):
        return tuple(Fraction(weight) for weight in sizes)
    if sizes == "equal_quote":
        return tuple(1 / Fraction(price) for price in levels[:-1])
    return tuple(Fraction(weight) for weight in _shape(sizes, len(levels) - 1))


def in_lots(shares: Sequence[Fraction], costs: Sequence[Decimal], money: Decimal, lot: Decimal) -> tuple[Decimal, ...]:
    """Give the largest sizes in proportion to ``shares`` that ``money`` pays for, each floored to whole lots.

    ``costs`` is what one unit of base costs in each interval, ``money`` is not negative.

    Examples
    --------
    >>> in_lots([Fraction(1), Fraction(2)], [Decimal(100), Decimal(100)], Decimal(100), Decimal("0.01"))
    (Decimal('0.33'), Decimal('0.66'))
    """
    most = Fraction(money) / (weighted(shares, costs) * Fraction(lot))
    top, bottom = most.numerator, most.denominator
    lots = ((top * share.numerator) // (bottom * share.denominator) for share in shares)
    return tuple(EXACT.multiply(Decimal(number), lot) for number in lots)


def weighted(shares: Sequence[Fraction], costs: Sequence[Decimal]) -> Fraction:
    """Give the sum of shares times costs.

    >>> weighted([Fraction(1, 3), Fraction(2, 3)], [Decimal(3), Decimal("1.5")])
    Fraction(2, 1)
    """
    parts = [share * Fraction(cost) for share, cost in zip(shares, costs, strict=True)]
    # In pairs, as in a tournament: the denominators of a thousand prices stay short for most of the way.
    while len(parts) > 1:
        parts = [sum(parts[i : i + 2], Fraction(0)) for i in range(0, len(parts), 2)]
    return parts[0]


def _shape(profile: str, grids: int) -> list[int]:
    last, middle = grids - 1, (grids - 1) // 2
    slope = [last + 2 * i for i in range(grids)]
    if profile == "slope_up":
        return slope
    if profile == "slope_down":
        return slope[::-1]
    if profile == "equal_base" or not middle:
        return [1] * grids
    inward = [min(i, last - i) for i in range(grids)]
    return (
        [middle + 2 * step for step in inward] if profile == "mountain" else [3 * middle - 2 * step for step in inward]
    )
