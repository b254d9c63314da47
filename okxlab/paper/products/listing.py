"""Everything that is traded, by OKX's id and by its numeric code."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from okxlab.errors import PaperError
from okxlab.paper.exact import read
from okxlab.paper.products.instrument import FIRST_CODE, Instrument

# base currency, tick, lot, minimum, start price in USDT
_TABLE = """
BTC   0.1          0.00000001  0.00001  90000
ETH   0.01         0.000001    0.0001   3100
SOL   0.01         0.000001    0.001    140
XRP   0.0001       0.000001    1        2.1
DOGE  0.00001      0.000001    10       0.15
BNB   0.1          0.000001    0.001    880
ADA   0.0001       0.0001      1        0.45
TRX   0.0001       0.000001    1        0.28
LINK  0.001        0.000001    0.1      13.5
AVAX  0.001        0.000001    0.01     14
DOT   0.001        0.000001    0.1      2.4
LTC   0.01         0.000001    0.01     84
BCH   0.1          0.000001    0.001    520
ETC   0.001        0.000001    0.1      14
XLM   0.00001      0.000001    1        0.25
UNI   0.001        0.000001    0.1      6.5
ATOM  0.001        0.000001    0.1      2.6
NEAR  0.001        0.00000001  0.1      2
FIL   0.001        0.000001    0.1      1.6
ICP   0.001        0.000001    0.1      4.1
AAVE  0.01         0.000001    0.01     175
ALGO  0.0001       0.000001    1        0.14
SUI   0.0001       0.000001    1        1.6
APT   0.001        0.000001    0.1      2.2
ARB   0.0001       0.000001    1        0.21
OP    0.0001       0.000001    1        0.32
INJ   0.001        0.000001    0.1      5.6
TON   0.001        0.0001      1        1.6
OKB   0.01         0.000001    0.01     105
WLD   0.0001       0.000001    1        0.6
LDO   0.0001       0.000001    1        0.7
TIA   0.0001       0.000001    1        0.6
SHIB  0.000000001  1           50000    0.0000086
PEPE  0.000000001  1           100000   0.0000045
"""


class Listing(Mapping[str, Instrument]):
    """The instruments of a venue, in the order they are listed.

    Parameters
    ----------
    instruments
        By OKX's id.
    """

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._all = dict(instruments)
        self._past: dict[str, Instrument] = {}
        self._codes = {instrument.code: instrument.name for instrument in self._all.values()}

    def __getitem__(self, name: str) -> Instrument:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def kind(self, kind: str) -> list[Instrument]:
        """Give the instruments of one instType."""
        return [row for row in self._all.values() if row.kind == kind]

    def coded(self, code: int) -> Instrument | None:
        """Give the instrument of an instIdCode."""
        name = self._codes.get(code)
        return None if name is None else self._all[name]

    def replace(self, instrument: Instrument) -> None:
        """List an instrument, or list it anew with other terms."""
        self._all[instrument.name] = instrument
        self._codes[instrument.code] = instrument.name

    def remove(self, name: str) -> None:
        """Take an instrument off the list."""
        self._past[name] = gone = self._all.pop(name)
        del self._codes[gone.code]

    def known(self, name: str) -> Instrument:
        """Give an instrument that is or was listed; of one from before this process, its name is all that is known."""
        found = self._all.get(name) or self._past.get(name)
        return found or Instrument(name, Decimal("0.01"), Decimal(1), Decimal(1), kind=_kind(name), state="expired")


def listed() -> dict[str, Instrument]:
    """Give every instrument of the walk, by OKX's id."""
    rows = [line.split() for line in _TABLE.split("\n") if line]
    table = [
        Instrument(
            f"{base}-USDT", Decimal(tick), Decimal(lot), Decimal(minimum), start=Decimal(start), code=FIRST_CODE + place
        )
        for place, (base, tick, lot, minimum, start) in enumerate(rows)
    ]
    return {instrument.name: instrument for instrument in table}


def _kind(name: str) -> str:
    parts = name.split("-")
    if len(parts) == 2:
        return "SPOT"
    return "SWAP" if parts[2] == "SWAP" else "OPTION" if len(parts) == 5 else "FUTURES"


def described(name: str, steps: Mapping[str, str | None]) -> Instrument:
    """Give the instrument of a price file: from the table, or from the steps handed in, which win.

    Parameters
    ----------
    name
        OKX's id of a spot instrument: ``BTC-USDT``.
    steps
        ``tick``, ``lot`` and ``minimum``; None where the table shall say.

    Raises
    ------
    PaperError
        The name is not that of a spot instrument, or a step is missing or not a positive number.

    Examples
    --------
    >>> described("XRP-ETH", {"tick": "0.0000001", "lot": "1", "minimum": "1"}).quote
    'ETH'
    """
    parts = name.split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isalnum() and part.isupper() for part in parts):
        raise PaperError(f"{name!r} is not the id of a spot instrument.", "Write it like BTC-USDT.")
    known = listed().get(name)
    tick, lot, minimum = (_step(name, key, steps[key], known) for key in ("tick", "lot", "minimum"))
    return Instrument(name, tick, lot, minimum)


def _step(name: str, key: str, text: str | None, known: Instrument | None) -> Decimal:
    if text is None and known is not None:
        value: Decimal = getattr(known, key)
        return value
    if text is None:
        raise PaperError(f"The {key} of {name} is not known.", f"Give it with --{key}.")
    number = read(text)
    if not number:
        raise PaperError(f"The {key} {text!r} is not a positive number.", f"Give --{key} like 0.01.")
    return number
