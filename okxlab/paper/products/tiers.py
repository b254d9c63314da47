"""Position tiers: the larger a position or loan, the less leverage it may have and the more margin it must keep."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from okxlab.paper.exact import plain, plus, times
from okxlab.paper.fields import blank
from okxlab.paper.products.coins import coins
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.steps import round_number

# highest leverage, initial margin, maintenance margin
_RUNGS = tuple(
    (leverage, Decimal(initial), Decimal(maintenance))
    for leverage, initial, maintenance in (
        (100, "0.01", "0.004"), (75, "0.0134", "0.0065"), (50, "0.02", "0.01"), (40, "0.025", "0.0125"),
        (30, "0.0334", "0.0165"), (20, "0.05", "0.025"), (15, "0.0667", "0.033"), (10, "0.1", "0.05"),
        (8, "0.125", "0.0625"), (5, "0.2", "0.1"), (4, "0.25", "0.125"), (3, "0.3334", "0.165"), (2, "0.5", "0.25"),
        (1, "1", "0.5"),
    )
)  # fmt: skip
_LARGEST, _SMALLEST = 4_000_000.0, 20_000.0  # USD in the first tier, of the best known coin and of any
_EMPTY = "uly instFamily instId tier minSz maxSz mmr imr maxLever optMgnFactor quoteMaxLoan baseMaxLoan"
_OPTION_RUNGS = ((500, "0.1", "0.075"), (1000, "0.125", "0.1"), (2000, "0.15", "0.125"), (5000, "0.2", "0.15"))


@dataclass(frozen=True)
class Tier:
    """One tier: sizes from ``least`` to ``most``, in contracts or, of a spot pair, loans in base currency.

    ``initial`` and ``maintenance`` are shares of a position's value, ``quote_loan`` the loan in quote currency that
    belongs to ``most`` of a pair.
    """

    number: int
    least: Decimal
    most: Decimal
    initial: Decimal
    maintenance: Decimal
    leverage: int
    quote_loan: Decimal = Decimal(0)

    def row(self, instrument: Instrument) -> dict[str, object]:
        """Give the row of public/position-tiers."""
        row = blank(_EMPTY) | {
            "tier": str(self.number), "minSz": plain(self.least), "maxSz": plain(self.most),
            "mmr": plain(self.maintenance), "imr": plain(self.initial), "maxLever": str(self.leverage),
            "optMgnFactor": "0",
        }  # fmt: skip
        if instrument.kind in {"SPOT", "MARGIN"}:
            return row | {
                "instId": instrument.name, "baseMaxLoan": plain(self.most), "quoteMaxLoan": plain(self.quote_loan)
            }  # fmt: skip
        return row | {"uly": instrument.family, "instFamily": instrument.family}


def tiers(instrument: Instrument) -> tuple[Tier, ...]:
    """Give the tiers of a contract's family or of a spot pair with leverage, the smallest first; else none."""
    if instrument.contract is None and not instrument.lever:
        return ()
    if instrument.kind == "OPTION":
        return _option_tiers(instrument.base)
    contract = instrument.contract
    leverage = contract.leverage if contract else int(instrument.lever)
    price = float(instrument.start)
    worth = 1.0 if contract is None else float(contract.value) * (price if contract.linear else 1 / price)
    worth *= price if contract is None or not contract.linear else 1.0
    return _tiers(instrument.base, leverage, worth, instrument.lot, instrument.start if contract is None else None)


def tier_of(instrument: Instrument, size: Decimal) -> Tier | None:
    """Give the tier a size (unsigned) falls into, the last one if it is beyond all; None where there are none."""
    rows = tiers(instrument)
    return next((row for row in rows if size <= row.most), rows[-1]) if rows else None


@lru_cache(maxsize=2000)
def _tiers(coin: str, leverage: int, worth: float, lot: Decimal, price: Decimal | None) -> tuple[Tier, ...]:
    known = coins().get(coin)
    first = max(_LARGEST / (1 + (known.place if known else 0)) ** 0.8, _SMALLEST)
    found: list[Tier] = []
    least = Decimal(0)
    for place, (lever, initial, maintenance) in enumerate(row for row in _RUNGS if row[0] <= leverage):
        most = max(round_number(first * 1.7**place / worth), times(2, found[-1].most) if found else times(10, lot))
        loan = times(most, price) if price else Decimal(0)
        found.append(Tier(place + 1, least, most, initial, maintenance, lever, loan))
        least = plus(most, lot)
    return tuple(found)


@lru_cache
def _option_tiers(coin: str) -> tuple[Tier, ...]:
    found: list[Tier] = []
    least = Decimal(0)
    for place, (size, initial, maintenance) in enumerate(_OPTION_RUNGS):
        most = Decimal(size * (1 if coin == "BTC" else 2) * 10)
        found.append(Tier(place + 1, least, most, Decimal(initial), Decimal(maintenance), 1))
        least = plus(most, Decimal(1))
    return tuple(found)
