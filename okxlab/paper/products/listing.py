"""Everything that is traded, by OKX's id and by its numeric code."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from okxlab.errors import PaperError
from okxlab.paper.exact import read
from okxlab.paper.products.chains import OPTION_COINS, option, option_names
from okxlab.paper.products.contracts import future, futures, swaps
from okxlab.paper.products.expiries import DAY, next_moment
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.products.spot import spot_pairs

Index = Callable[[str, int], float]  # of a family at a time (ms UTC), to centre the strikes of options on


class Listing(Mapping[str, Instrument]):
    """The instruments of a venue, in the order they are listed.

    Parameters
    ----------
    instruments
        By OKX's id.
    rolled
        Feed time (ms UTC) up to which dated instruments are among them; None when they never change.
    index
        What the strikes of new options are centred on.
    """

    def __init__(
        self, instruments: Mapping[str, Instrument], rolled: int | None = None, index: Index | None = None
    ) -> None:
        self._all = dict(instruments)
        self._past: dict[str, Instrument] = {}
        self._codes = {instrument.code: instrument.name for instrument in self._all.values()}
        self._due = None if rolled is None or index is None else next_moment(rolled)
        self._index = index

    def __getitem__(self, name: str) -> Instrument:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def kind(self, kind: str) -> list[Instrument]:
        """Give the instruments of one instType; MARGIN are the spot pairs with leverage."""
        if kind == "MARGIN":
            return [replace(row, kind="MARGIN") for row in self._all.values() if row.lever and row.kind == "SPOT"]
        return [row for row in self._all.values() if row.kind == kind]

    def coded(self, code: int) -> Instrument | None:
        """Give the instrument of an instIdCode."""
        name = self._codes.get(code)
        return None if name is None else self._all.get(name)

    def replace(self, instrument: Instrument) -> None:
        """List an instrument, or list it anew with other terms."""
        before = self._all.get(instrument.name)
        if before is not None and self._codes.get(before.code) == before.name:
            del self._codes[before.code]
        self._all[instrument.name] = instrument
        self._codes[instrument.code] = instrument.name

    def remove(self, name: str) -> None:
        """Take an instrument off the list, if it stands there."""
        gone = self._all.pop(name, None)
        if gone is not None:
            if _dated(name) is None:
                self._past[name] = replace(gone, state="expired")
            if self._codes.get(gone.code) == name:
                del self._codes[gone.code]

    def known(self, name: str) -> Instrument:
        """Give an instrument that is or was listed; what is gone for long is made of its id again.

        Of a name that no rule makes, the name is all that is known.
        """
        found = self._all.get(name) or self._past.get(name) or _dated(name)
        return found or Instrument(name, Decimal("0.01"), Decimal(1), Decimal(1), kind=_kind(name), state="expired")

    def was(self, name: str) -> bool:
        """Whether an instrument is listed, or was, or could have been."""
        return name in self._all or name in self._past or _dated(name) is not None

    def roll(self, now: int) -> tuple[list[Instrument], list[Instrument]]:
        """Take off what has expired at a feed time (ms UTC) and list what takes its place, as each 08:00 UTC demands.

        Returns
        -------
        tuple
            What expired, in the order it did, and what is new and still listed.
        """
        expired: list[Instrument] = []
        fresh: list[str] = []
        while self._due is not None and self._due <= now:
            expired += self._expire(self._due)
            fresh += self._renew(self._due)
            self._due += DAY
        return expired, [self._all[name] for name in dict.fromkeys(fresh) if name in self._all]

    def _expire(self, moment: int) -> list[Instrument]:
        ends = [row for row in self._all.values() if row.contract and 0 < row.contract.expiry <= moment]
        for row in ends:
            self.remove(row.name)
        return [replace(row, state="expired") for row in ends]

    def _renew(self, moment: int) -> list[str]:
        """List what must be listed from a moment on, and give the names of what was not."""
        assert self._index is not None  # noqa: S101 - else nothing is ever due
        fresh = []
        for row in dated(moment, self._index, self._all):
            if row.name not in self._all:
                fresh.append(row.name)
            self.replace(row)
        return fresh


def full_listing(now: int, index: Index) -> Listing:
    """Give everything that is listed at a feed time (ms UTC)."""
    rows = [*spot_pairs(), *swaps(), *dated(now, index)]
    return Listing({row.name: row for row in rows}, now, index)


def dated(now: int, index: Index, known: Mapping[str, Instrument] | None = None) -> list[Instrument]:
    """Give the futures and options that are listed at a time (ms UTC), without the options known already."""
    found = futures(now)
    for coin in OPTION_COINS:
        names = option_names(coin, index(f"{coin}-USD", now), now)
        found += [row for name in names if name not in (known or {}) and (row := option(name))]
    return found


def _dated(name: str) -> Instrument | None:
    found = future(name) or option(name)
    return replace(found, state="expired") if found else None


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
    known = next((row for row in spot_pairs() if row.name == name), None)
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
