"""The spot instruments of the paper exchange: OKX's steps and a plausible start price."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from okxlab.errors import PaperError
from okxlab.paper.exact import plain, read
from okxlab.paper.fields import blank

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
_LISTED = "1548133413000"
_FIRST_CODE = 100_001
_EMPTY = (
    "seriesId uly instFamily settleCcy ctVal ctMult ctValCcy optType stk auctionEndTime contTdSwTime preMktSwTime "
    "openType expTime lever ctType alias initPxLmtPct floatPxLmtPct maxPxLmtPct"
)

MAX_LIMIT_SIZE = Decimal("9999999999999")


@dataclass(frozen=True)
class Instrument:
    """A spot instrument: prices are multiples of ``tick`` (quote), sizes of ``lot`` (base)."""

    name: str
    tick: Decimal
    lot: Decimal
    minimum: Decimal
    start: Decimal = Decimal(1)
    code: int = _FIRST_CODE

    @property
    def base(self) -> str:
        """The currency bought and sold."""
        return self.name.split("-")[0]

    @property
    def quote(self) -> str:
        """The currency it is paid in."""
        return self.name.split("-")[1]

    def row(self) -> dict[str, object]:
        """Give the row of public/instruments."""
        most = plain(MAX_LIMIT_SIZE)
        return blank(_EMPTY) | {
            "instType": "SPOT", "instId": self.name, "baseCcy": self.base, "quoteCcy": self.quote,
            "tickSz": plain(self.tick), "lotSz": plain(self.lot), "minSz": plain(self.minimum),
            "groupId": "1", "category": "1", "listTime": _LISTED, "state": "live", "ruleType": "normal",
            "maxLmtSz": most, "maxMktSz": "1000000", "maxLmtAmt": "20000000", "maxMktAmt": "1000000",
            "maxTwapSz": most, "maxIcebergSz": most, "maxTriggerSz": most, "maxStopSz": "1000000",
            "futureSettlement": False, "tradeQuoteCcyList": [self.quote], "instIdCode": self.code,
            "instCategory": "1", "upcChg": [],
        }  # fmt: skip


def listed() -> dict[str, Instrument]:
    """Give every instrument of the walk, by OKX's id."""
    rows = [line.split() for line in _TABLE.split("\n") if line]
    table = [
        Instrument(f"{base}-USDT", Decimal(tick), Decimal(lot), Decimal(minimum), Decimal(start), _FIRST_CODE + place)
        for place, (base, tick, lot, minimum, start) in enumerate(rows)
    ]
    return {instrument.name: instrument for instrument in table}


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
