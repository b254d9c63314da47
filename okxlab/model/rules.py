"""The rules of an instrument as the exchange lists them at one moment: its steps, its state, and what is to change."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from okxlab.model.instrument import Instrument


class Change(NamedTuple):
    """A change that the exchange has announced: ``name`` as OKX writes it (``tickSz``), from ``at_ms`` (UTC) on."""

    name: str
    value: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for orders in one instrument.

    ``state`` is OKX's: ``live``, ``suspend``, ``preopen``, ``post_only``, ``rebase``, ``expired``, ``test``.
    ``largest`` is the most a limit order may hold, counted like `Instrument.lot`; None where no bound is told.
    ``changes`` are announced and may lie behind: the exchange takes them off its list some time after.

    Examples
    --------
    >>> btc = Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")
    >>> Rules(btc, changes=(Change("tickSz", "0.01", 1_700_000_000_000),)).changes[0].value
    '0.01'
    """

    instrument: Instrument
    state: str = "live"
    largest: Decimal | None = None
    changes: tuple[Change, ...] = ()
