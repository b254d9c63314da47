"""The market a contract grid is played in: what is traded, what it costs, and what holding it depends on."""

from dataclasses import dataclass

import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.contract.road import Marks
from okxlab.grid.contract.tiers import TierList
from okxlab.model import Instrument, Number

SPOT_FEES = ("0.0008", "0.001")
CONTRACT_FEES = ("0.0002", "0.0005")


def fees_of(kind: str, maker: Number | None, taker: Number | None) -> tuple[Number, Number]:
    """Give the fees of a grid: those asked for, else OKX's regular ones of its kind.

    >>> fees_of("spot", None, "0.0015"), fees_of("short", None, None)
    (('0.0008', '0.0015'), ('0.0002', '0.0005'))
    """
    usual = SPOT_FEES if kind == "spot" else CONTRACT_FEES
    return usual[0] if maker is None else maker, usual[1] if taker is None else taker


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """An instrument, its fees, and of contracts mark prices, funding rates and position tiers; None where not given."""

    instrument: Instrument
    maker: Number
    taker: Number
    mark: Marks | None = None
    funding: "pd.Series[float] | None" = None
    tiers: TierList | None = None

    def check_spot(self) -> None:
        """Raise InputError when something is given that only contracts have."""
        given = [name for name in ("mark", "funding", "tiers") if getattr(self, name) is not None]
        if given:
            raise InputError(
                f"{', '.join(given)} belong to contracts, and this is a spot grid.",
                "Leave them out, or give a GridSpec of kind 'long', 'short' or 'neutral'.",
            )
