"""By how much a swap or a future trades above its index: a seeded curve that comes back, and nothing at expiry.

Floats all through, as logs: they make up markets, and nothing is booked with them.
"""

from functools import cache

import numpy as np

from okxlab.paper.prices.noise import Floats, key, waves
from okxlab.paper.products.instrument import Contract

MINUTE = 60_000
_YEAR = 365 * 1440  # minutes
_MEAN = 0.0001
_SWAP = ((4320, 0.0005), (480, 0.0003), (60, 0.0001))  # minutes a swing takes, how far it goes
_LAST = ((3, 0.00004),)  # what the last trade strays from the mark
_BASIS, _BASIS_SWINGS = 0.05, ((43_200, 0.02), (4320, 0.01))  # a year
_FAST, _FAST_FADES = ((480, 0.0002), (60, 0.00008)), 2880  # of futures, fading in the last minutes


def premium(seed: int, contract: Contract, minutes: Floats) -> Floats:
    """Give the log of mark over index.

    Parameters
    ----------
    seed
        Of the world.
    contract
        Of a swap, a future or an option (whose forward it is then).
    minutes
        Times, in minutes since 1970, ascending.
    """
    family = contract.family
    if not contract.expiry:
        return _MEAN + waves(_key(seed, f"{family}/premium"), minutes, _SWAP)
    left = np.maximum(contract.expiry / MINUTE - minutes, 0)
    yearly = _BASIS + waves(_key(seed, f"{family.split('-')[0]}/basis"), minutes, _BASIS_SWINGS)
    fast = waves(_key(seed, f"{family}/{contract.expiry}/basis"), minutes, _FAST)
    return yearly * left / _YEAR + fast * np.minimum(left / _FAST_FADES, 1)


def stray(seed: int, name: str, contract: Contract, minutes: Floats) -> Floats:
    """Give the log of the last trade over the mark; nothing at expiry."""
    out = waves(_key(seed, f"{name}/last"), minutes, _LAST)
    if contract.expiry:
        out = out * np.minimum(np.maximum(contract.expiry / MINUTE - minutes, 0) / _FAST_FADES, 1)
    return out


@cache
def _key(seed: int, name: str) -> np.uint64:
    return key(seed, name)
