"""The band of a grid over the paths its candles leave open."""

from okxlab.grid.bands.making import band
from okxlab.grid.bands.many import band_many
from okxlab.grid.bands.odds import low_first_chances
from okxlab.grid.bands.outcome import Band
from okxlab.grid.bands.ranking import rank_by_band

__all__ = ["Band", "band", "band_many", "low_first_chances", "rank_by_band"]
