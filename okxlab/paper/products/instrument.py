"""What is traded: an instrument with its steps and, for derivatives, the terms of its contract."""

from dataclasses import dataclass
from decimal import Decimal

from okxlab.paper.exact import divided_freely, plain, times
from okxlab.paper.fields import blank

FIRST_CODE = 100_001
MAX_LIMIT_SIZE = Decimal("9999999999999")
_LISTED = "1548133413000"
_EMPTY = (
    "seriesId uly instFamily settleCcy ctVal ctMult ctValCcy optType stk auctionEndTime contTdSwTime preMktSwTime "
    "openType expTime lever ctType alias initPxLmtPct floatPxLmtPct maxPxLmtPct"
)


@dataclass(frozen=True)
class Contract:
    """The terms of a derivative.

    Parameters
    ----------
    value
        What one contract stands for, in ``currency``.
    currency
        The base currency of a linear contract, USD of an inverse one.
    linear
        Whether profit is counted in the quote currency (else in the base currency).
    settle
        The currency of margin, profit and fees.
    family
        OKX's instFamily, ``BTC-USDT``; also the name of the index (uly).
    leverage
        The highest one allowed.
    expiry
        When it ends, ms UTC of feed time; 0 for a perpetual.
    strike, right
        Of an option; ``right`` is ``C`` or ``P``, empty for futures and swaps.
    """

    value: Decimal
    currency: str
    linear: bool
    settle: str
    family: str
    leverage: int = 100
    expiry: int = 0
    strike: Decimal = Decimal(0)
    right: str = ""


@dataclass(frozen=True)
class Instrument:
    """An instrument: prices are multiples of ``tick`` (quote), sizes of ``lot`` (base, or contracts).

    ``kind`` is OKX's instType; ``lever`` the highest leverage of spot margin, empty when there is none.
    """

    name: str
    tick: Decimal
    lot: Decimal
    minimum: Decimal
    kind: str = "SPOT"
    start: Decimal = Decimal(1)
    code: int = FIRST_CODE
    contract: Contract | None = None
    lever: str = ""
    state: str = "live"

    @property
    def base(self) -> str:
        """The currency bought and sold."""
        return self.name.split("-")[0]

    @property
    def quote(self) -> str:
        """The currency the price is in."""
        return self.name.split("-")[1]

    def worth(self, size: Decimal, price: Decimal) -> Decimal:
        """Give what a size is worth at a price: in quote currency, or in ``settle`` for an inverse contract.

        An inverse contract's worth is rounded to 18 decimals.
        """
        if self.contract is None:
            return times(size, price)
        amount = times(size, self.contract.value)
        return times(amount, price) if self.contract.linear else divided_freely(amount, price)

    def row(self) -> dict[str, object]:
        """Give the row of public/instruments."""
        most = plain(MAX_LIMIT_SIZE)
        return blank(_EMPTY) | {
            "instType": self.kind, "instId": self.name, "baseCcy": self.base, "quoteCcy": self.quote,
            "tickSz": plain(self.tick), "lotSz": plain(self.lot), "minSz": plain(self.minimum),
            "groupId": "1", "category": "1", "listTime": _LISTED, "state": self.state, "ruleType": "normal",
            "maxLmtSz": most, "maxMktSz": "1000000", "maxLmtAmt": "20000000", "maxMktAmt": "1000000",
            "maxTwapSz": most, "maxIcebergSz": most, "maxTriggerSz": most, "maxStopSz": "1000000",
            "futureSettlement": False, "tradeQuoteCcyList": [self.quote], "instIdCode": self.code,
            "instCategory": "1", "upcChg": [],
        }  # fmt: skip
