"""Position tiers: how much of its value a position of a size must keep, and how large it may be."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import pandas as pd

from okxlab.errors import InputError, SpecError
from okxlab.grid.contract.ladder import ContractLadder
from okxlab.model import Number, exact, plain

TierList = pd.DataFrame | Sequence[tuple[Number, Number]]

# What OKX asks of the smallest positions in the contracts traded most.
LOWEST_RATE = Decimal("0.004")


@dataclass(frozen=True, slots=True)
class Tier:
    """A position of ``up_to`` contracts (None: of any size) must keep ``maintenance`` of its value.

    ``leverage`` is the highest the tier allows, None when it is not told.
    """

    up_to: Decimal | None
    maintenance: Decimal
    leverage: Decimal | None = None


def read_tiers(tiers: TierList | None) -> tuple[Tier, ...]:
    """Read tiers, smallest first.

    Parameters
    ----------
    tiers
        A frame as ``ox.position_tiers`` gives it (``up_to``, ``maintenance_margin`` and, if there, ``leverage``), or
        pairs of the largest position in contracts and its maintenance rate. None stands for one tier without end of
        0.4 %, OKX's lowest.

    Raises
    ------
    InputError
        When sizes or rates are not above zero or do not rise, or a rate is 1 or more.

    Examples
    --------
    >>> [str(tier.maintenance) for tier in read_tiers([(1000, "0.004"), (5000, "0.01")])]
    ['0.004', '0.01']
    """
    if tiers is None:
        return (Tier(None, LOWEST_RATE),)
    read = _of_frame(tiers) if isinstance(tiers, pd.DataFrame) else [_tier(*pair) for pair in tiers]
    if not read:
        raise InputError("There are no position tiers.", "Pull them with ox.position_tiers(), or give pairs.")
    for tier in read:
        if (tier.up_to is not None and tier.up_to <= 0) or not 0 <= tier.maintenance < 1:
            raise InputError(f"There can be no tier {tier}.", "Sizes are above 0, rates fractions from 0 to 1.")
    for below, above in pairwise(read):
        if below.up_to is None or above.up_to is None or above.up_to <= below.up_to:
            raise InputError("The position tiers do not rise in size.", "Give the smallest tier first.")
        if above.maintenance < below.maintenance:
            raise InputError("The maintenance rates of the tiers fall.", "Give the smallest tier first.")
    return tuple(read)


def maintenance_rates(ladder: ContractLadder, tiers: tuple[Tier, ...]) -> tuple[Decimal, ...]:
    """Give the maintenance rate of the position in each state of a ladder.

    Raises
    ------
    SpecError
        When the grid's largest position is beyond the tiers, or its tier does not allow the leverage.
    """
    sizes = [position.copy_abs() for position in ladder.positions]
    largest, tier = max(sizes), _tier_of(tiers, max(sizes))
    if tier is None:
        raise SpecError(
            f"The grid may hold {plain(largest)} contracts and the highest tier ends at {plain(_end(tiers))}.",
            "Invest less, or lower the leverage.",
        )
    if tier.leverage is not None and ladder.spec.leverage > tier.leverage:
        raise SpecError(
            f"The grid may hold {plain(largest)} contracts, for which the leverage is {plain(tier.leverage)} at most.",
            "Lower the leverage, or invest less.",
        )
    return tuple(maintenance_rate(tiers, size) for size in sizes)


def maintenance_rate(tiers: tuple[Tier, ...], size: Decimal) -> Decimal:
    """Give the maintenance rate of a position in contracts; beyond the tiers it is that of the highest one."""
    return (_tier_of(tiers, size) or tiers[-1]).maintenance


def _tier_of(tiers: tuple[Tier, ...], size: Decimal) -> Tier | None:
    ends = [tier.up_to for tier in tiers if tier.up_to is not None]
    place = bisect_left(ends, size)
    return tiers[place] if place < len(tiers) else None


def _end(tiers: tuple[Tier, ...]) -> Decimal:
    return tiers[-1].up_to or Decimal(0)


def _tier(up_to: Number, maintenance: Number, leverage: Number | None = None) -> Tier:
    return Tier(
        exact(up_to, "up_to"),
        exact(maintenance, "maintenance"),
        None if leverage is None else exact(leverage, "leverage"),
    )


def _of_frame(tiers: pd.DataFrame) -> list[Tier]:
    names = ["up_to", "maintenance_margin", *(["leverage"] if "leverage" in tiers.columns else [])]
    absent = [name for name in names if name not in tiers.columns]
    if absent:
        raise InputError(f"The tiers lack the column {absent[0]!r}.", "Pull them with ox.position_tiers().")
    return [_tier(*row) for row in tiers[names].itertuples(index=False, name=None)]
