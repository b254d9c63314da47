"""What a plan needs of the market, read once for each symbol and not at each key typed."""

import threading
from dataclasses import dataclass
from decimal import Decimal

from okxlab.exchange import Session
from okxlab.grid import GridSpec, Plan, plan_grid
from okxlab.market import instrument, last_price
from okxlab.model import Instrument
from okxlab.trading import FeeRates, fee_rates

# OKX's regular spot fees, as in `plan_grid`: what a session without keys can know.
_REGULAR = FeeRates(maker=Decimal("0.0008"), taker=Decimal("0.001"))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An instrument with its last price (quote currency) and this account's fees, as they were when read."""

    instrument: Instrument
    price: Decimal
    fees: FeeRates

    def plan(self, spec: GridSpec) -> Plan:
        """Plan a grid at this price; see `okxlab.grid.plan_grid`."""
        return plan_grid(spec, self.instrument, self.price, maker=self.fees.maker, taker=self.fees.taker)

    def around(self, share: Decimal) -> tuple[Decimal, Decimal]:
        """Give the prices on the tick that lie this share of the price below and above it."""
        return (
            self.instrument.floor_price(self.price * (1 - share)),
            self.instrument.ceil_price(self.price * (1 + share)),
        )


class Snapshots:
    """The snapshots of a session, the newest of each symbol kept."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._kept: dict[str, Snapshot] = {}

    def of(self, symbol: str, *, fresh: bool = False) -> Snapshot:
        """Give the snapshot of a symbol, read now if there is none yet or it is to be ``fresh``.

        Raises
        ------
        SymbolError
            When the exchange does not list it.
        """
        with self._lock:
            if fresh or symbol not in self._kept:
                self._kept[symbol] = self._read(symbol)
            return self._kept[symbol]

    def _read(self, symbol: str) -> Snapshot:
        listed = instrument(self._session, symbol)
        fees = fee_rates(self._session, symbol) if self._session.profile.keys else _REGULAR
        return Snapshot(listed, Decimal(last_price(self._session, symbol)), fees)
