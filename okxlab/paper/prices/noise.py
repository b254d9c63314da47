"""Numbers that look random and are a function of a key and a count alone: any of them is had without the others.

Floats all through: they make up markets, and nothing is booked with them.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_OTHER = np.uint64(0xD1B54A32D192ED03)  # makes a second, unrelated stream of a key
_TOP, _SCALE = np.uint64(11), 2.0**-53


def key(seed: int, name: str) -> np.uint64:
    """Give the key of a named stream of a seed."""
    return np.uint64(int.from_bytes(blake2b(f"{seed}/{name}".encode(), digest_size=8).digest(), "big"))


def uniforms(stream: np.uint64, counts: Counts) -> Floats:
    """Give numbers spread evenly over (0, 1)."""
    value = (counts.astype(np.uint64) * _GOLDEN) ^ stream
    value = (value ^ (value >> _SHIFTS[0])) * _MIX[0]
    value = (value ^ (value >> _SHIFTS[1])) * _MIX[1]
    value ^= value >> _SHIFTS[2]
    return ((value >> _TOP).astype(np.float64) + 0.5) * _SCALE


def normals(stream: np.uint64, counts: Counts) -> Floats:
    """Give standard normal numbers."""
    radius = np.sqrt(-2.0 * np.log(uniforms(stream, counts)))
    out: Floats = radius * np.cos(2.0 * np.pi * uniforms(stream ^ _OTHER, counts))
    return out


def waves(stream: np.uint64, minutes: Floats, scales: tuple[tuple[int, float], ...]) -> Floats:
    """Give a continuous curve around 0 over time (minutes since 1970), which always comes back.

    Parameters
    ----------
    stream
        Which curve.
    minutes
        In ascending order.
    scales
        How many minutes a swing takes and how far it goes (standard deviation), coarse and fine ones added up.
    """
    total = np.zeros(len(minutes))
    for place, (length, size) in enumerate(scales):
        at = minutes / length
        whole = np.floor(at).astype(np.int64)
        first = int(whole[0])
        knots = normals(stream + np.uint64(place + 1), np.arange(first, int(whole[-1]) + 2, dtype=np.int64))
        part, left = at - whole, whole - first
        total += size * (knots[left] * (1 - part) + knots[left + 1] * part)
    return total
