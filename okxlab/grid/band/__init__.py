"""The band of a grid over the paths its candles leave open."""

from okxlab.grid.band.band import Band
from okxlab.grid.band.making import band
from okxlab.grid.band.odds import low_first_chances

__all__ = ["Band", "band", "low_first_chances"]
