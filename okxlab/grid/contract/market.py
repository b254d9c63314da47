"""The market a contract grid is played in: what is traded, what it costs, and what holding it depends on."""

from dataclasses import dataclass

import pandas as pd

from okxlab.errors import InputError
from okxlab.grid.contract.road import Marks
from okxlab.grid.contract.tiers import TierList
from okxlab.model import Instrument, Number


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
