"""The compiled loops of the grid room; nothing outside this folder is compiled."""

from okxlab.grid.kernels.band import choices, reach, stroll
from okxlab.grid.kernels.walk import Flags, Ints, walk

__all__ = ["Flags", "Ints", "choices", "reach", "stroll", "walk"]
