"""The compiled loops of the grid room; nothing outside this folder is compiled."""

from okxlab.grid.kernels.band import choices, reach, stroll
from okxlab.grid.kernels.contract import Floats, Road, Rules, Walk, walk_contract
from okxlab.grid.kernels.halves import halves
from okxlab.grid.kernels.kept import keep_together
from okxlab.grid.kernels.walk import Flags, Ints, spans, walk

__all__ = [
    "Flags",
    "Floats",
    "Ints",
    "Road",
    "Rules",
    "Walk",
    "choices",
    "halves",
    "reach",
    "spans",
    "stroll",
    "walk",
    "walk_contract",
]

keep_together(__name__)
