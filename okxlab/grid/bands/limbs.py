"""Exact money for compiled loops: Decimals as whole numbers in limbs of 64-bit integers, added without a carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from okxlab.grid.kernels import Ints
from okxlab.grid.money import EXACT

# Two sums are subtracted in 64 bits with a sign, so neither may pass 61.
_ROOM = 61


def limb_bits(terms: int) -> int:
    """Give how many bits a limb may have so that this many terms, and one start, add up in 64 bits.

    >>> limb_bits(1_000_000)
    40
    """
    return _ROOM - 1 - terms.bit_length()


@dataclass(frozen=True, slots=True)
class Limbs:
    """How Decimals become rows of limbs: in units of ``10**-places``, ``bits`` a limb, ``width`` limbs, lowest first.

    Every limb but the highest is never negative in what `write` gives; the highest carries the sign.
    """

    places: int
    bits: int
    width: int

    @classmethod
    def of(cls, terms: Sequence[Decimal], starts: Sequence[Decimal], bits: int) -> "Limbs":
        """Give the limbs that hold these terms, added up as often as ``bits`` allows, and one of these starts.

        >>> Limbs.of([Decimal("0.5"), Decimal(-3)], [Decimal(10**9)], 30)
        Limbs(places=1, bits=30, width=1)
        """
        places = max(_places(number) for number in (*terms, *starts))
        long = max((abs(_units(number, places)).bit_length() for number in terms), default=0)
        start = max((abs(_units(number, places)).bit_length() for number in starts), default=0)
        # The highest limb of a start is added once, so it may fill its 64 bits but for the room of the terms.
        return cls(places, bits, max(-(-long // bits), 1 - (_ROOM - 1 - start) // bits, 1))

    def write(self, numbers: Sequence[Decimal]) -> Ints:
        """Give one row of limbs a number, int64 of shape (numbers, width).

        >>> Limbs(1, 4, 2).write([Decimal("3.5"), Decimal("-0.1")])
        array([[ 3,  2],
               [15, -1]])
        """
        rows = np.empty((len(numbers), self.width), dtype=np.int64)
        for row, number in zip(rows, numbers, strict=True):
            rest = _units(number, self.places)
            for limb in range(self.width - 1):
                rest, row[limb] = divmod(rest, 1 << self.bits)
            row[-1] = rest
        return rows

    def read(self, rows: Ints) -> list[Decimal]:
        """Give the number of each row of limbs, sums of rows among them.

        >>> Limbs(1, 4, 2).read(np.array([[18, 1]]))
        [Decimal('3.4')]
        """
        places = Decimal(1).scaleb(-self.places)
        whole = (sum(int(limb) << (self.bits * i) for i, limb in enumerate(row)) for row in rows)
        return [EXACT.multiply(Decimal(number), places) for number in whole]


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _units(number: Decimal, places: int) -> int:
    return int(EXACT.scaleb(number, places))
