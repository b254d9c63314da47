"""What is traded: an instrument with its steps and, for derivatives, the terms of its contract."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided_freely, plain, times
from okxlab.paper.fields import blank

FIRST_CODE = 100_001
MAX_LIMIT_SIZE = Decimal("9999999999999")
MAX_CONTRACTS = "100000000"
LISTED = 1_548_133_413_000
_EMPTY = (
    "seriesId baseCcy quoteCcy uly instFamily settleCcy ctVal ctMult ctValCcy optType stk auctionEndTime contTdSwTime "
    "preMktSwTime openType expTime lever ctType alias initPxLmtPct floatPxLmtPct maxPxLmtPct"
)
# OKX's fee groups of spot by quote currency, of derivatives by what they settle in
_SPOT_GROUPS = {
    "USDT": "1", "USDC": "2", "BTC": "2", "ETH": "2", "TRY": "3", "EUR": "4", "BRL": "5", "AED": "7", "AUD": "8",
    "USD": "9", "SGD": "10",
}  # fmt: skip
_SETTLE_GROUPS = {"USDT": "2", "USDC": "3"}


@dataclass(frozen=True)
class Contract:
    """The terms of a derivative.

    Parameters
    ----------
    value
        What one contract stands for, in ``currency``: OKX's ctVal times ctMult.
    currency
        The base currency of a linear contract and of an option, USD of an inverse future or swap.
    linear
        Whether profit is counted in the quote currency (else in the base currency); never so for an option.
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
    multiplier
        OKX's ctMult.
    alias
        Of a future, as OKX calls its term when the listing was last rolled: ``this_week``.
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
    multiplier: Decimal = Decimal(1)
    alias: str = ""

    def fields(self) -> dict[str, object]:
        """Give what public/instruments says of it."""
        option = bool(self.right)
        return {
            "uly": self.family, "instFamily": self.family, "settleCcy": self.settle,
            "ctVal": plain(divided_freely(self.value, self.multiplier)), "ctMult": plain(self.multiplier),
            "ctValCcy": self.currency,
            "ctType": "" if option else "linear" if self.linear else "inverse",
            "lever": "" if option else str(self.leverage), "expTime": str(self.expiry) if self.expiry else "",
            "optType": self.right, "stk": plain(self.strike) if option else "", "alias": self.alias,
        }  # fmt: skip


@dataclass(frozen=True)
class Instrument:
    """An instrument: prices are multiples of ``tick`` (quote), sizes of ``lot`` (base, or contracts).

    ``kind`` is OKX's instType; ``lever`` the highest leverage of spot margin, empty when there is none;
    ``since`` when it was listed (ms UTC).
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
    since: int = LISTED

    @cached_property
    def base(self) -> str:
        """The currency bought and sold."""
        return self.name.split("-")[0]

    @cached_property
    def quote(self) -> str:
        """The currency the price is in."""
        return self.name.split("-")[1]

    @property
    def terms(self) -> Contract:
        """The contract; 51000 of a spot pair, which has none."""
        if self.contract is None:
            raise Refusal("51000", "instId")
        return self.contract

    def worth(self, size: Decimal, price: Decimal) -> Decimal:
        """Give what a size is worth at a price: in quote currency, or in ``settle`` for inverse contracts and options.

        An inverse contract's worth is rounded to 18 decimals; an option's price is in ``settle`` itself.
        """
        if self.contract is None:
            return times(size, price)
        amount, contract = times(size, self.contract.value), self.contract
        return times(amount, price) if contract.linear or contract.right else divided_freely(amount, price)

    @property
    def family(self) -> str:
        """OKX's instFamily, which names its index too; of spot, the pair itself."""
        return self.contract.family if self.contract else self.name

    def row(self) -> dict[str, object]:
        """Give the row of public/instruments."""
        most = plain(MAX_LIMIT_SIZE)
        common = blank(_EMPTY) | {
            "instType": self.kind, "instId": self.name,
            "tickSz": plain(self.tick), "lotSz": plain(self.lot), "minSz": plain(self.minimum),
            "category": "1", "listTime": str(self.since), "state": self.state, "ruleType": "normal",
            "maxTriggerSz": most, "futureSettlement": False, "instIdCode": self.code, "instCategory": "1", "upcChg": [],
        }  # fmt: skip
        if self.contract is None:
            return common | {
                "baseCcy": self.base, "quoteCcy": self.quote, "groupId": _SPOT_GROUPS.get(self.quote, "1"),
                "lever": self.lever, "maxLmtSz": most, "maxMktSz": "1000000", "maxLmtAmt": "20000000",
                "maxMktAmt": "1000000", "maxTwapSz": most, "maxIcebergSz": most, "maxStopSz": "1000000",
                "tradeQuoteCcyList": [self.quote],
            }  # fmt: skip
        sizes = dict.fromkeys(("maxLmtSz", "maxTwapSz", "maxIcebergSz"), MAX_CONTRACTS)
        return common | self.contract.fields() | sizes | {
            "groupId": _SETTLE_GROUPS.get(self.contract.settle, "1"), "maxMktSz": MAX_CONTRACTS,
            "maxLmtAmt": "20000000", "maxMktAmt": "", "maxStopSz": MAX_CONTRACTS, "tradeQuoteCcyList": [],
        }  # fmt: skip
