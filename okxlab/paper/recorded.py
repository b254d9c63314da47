"""A market out of recordings: what its files name is listed, and their prices are replayed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from okxlab.errors import PaperError
from okxlab.paper.options import PaperOptions
from okxlab.paper.prices.files import read_prices
from okxlab.paper.prices.recording import Recording, read_recording
from okxlab.paper.prices.replay import RecordedBook
from okxlab.paper.prices.source import Source
from okxlab.paper.prices.tape import Tape
from okxlab.paper.products.chains import option
from okxlab.paper.products.contracts import future, swaps
from okxlab.paper.products.instrument import FIRST_CODE, Instrument
from okxlab.paper.products.listing import Listing, described
from okxlab.paper.products.spot import spot_pairs

FILE, TAPE = "file:", "tape:"
_OWN_CODES = FIRST_CODE + 50_000  # of pairs that no table knows


@dataclass
class Recorded:
    """A recorded market: ``sources`` by instrument id, and the books of those that have recorded ones."""

    listing: Listing
    sources: dict[str, Source]
    books: Mapping[str, RecordedBook] = field(default_factory=dict)


def recorded(options: PaperOptions) -> Recorded | None:
    """Give the market of a price file or a recorded stream; None when the prices are no such thing.

    Raises
    ------
    PaperError
        It cannot be read, or an instrument in it is not known.
    """
    kind, _, path = options.prices.partition(":")
    if f"{kind}:" == FILE:
        tapes = read_prices(Path(path), options.symbol)
        return _market(options, {name: _instrument(name, options) for name in tapes}, tapes)
    if f"{kind}:" == TAPE:
        recording = read_recording(Path(path))
        tapes = {name: Tape(columns) for name, columns in recording.candles().items()}
        known = {name: row for name in tapes if (row := _known(name) or _measured(name, recording))}
        if not known:
            raise PaperError(f"{path} has no instrument that is known here.", "Give a recording of spot pairs.")
        market = _market(options, known, {name: tapes[name] for name in known})
        market.books = recording.books
        return market
    return None


def funded_in(listing: Listing, options: PaperOptions) -> str:
    """Give the currency that a fresh account holds: what the symbol of a price file is quoted in, else USDT."""
    row = listing.get(options.symbol)
    if options.prices == "walk" or row is None:
        return "USDT"
    return row.contract.settle if row.contract else row.quote


def _market(options: PaperOptions, rows: Mapping[str, Instrument], tapes: Mapping[str, Tape]) -> Recorded:
    """List the instruments under codes of their own; a book needs prices on the tick."""
    listed: dict[str, Instrument] = {}
    codes: set[int] = set()
    for name, row in rows.items():
        code = _OWN_CODES + len(codes) if row.code in codes else row.code
        codes.add(code)
        listed[name] = replace(row, code=code)
    on_tick = options.fills == "book"
    sources: dict[str, Source] = {
        name: tapes[name].on(row.tick) if on_tick else tapes[name] for name, row in listed.items()
    }
    return Recorded(Listing(listed), sources)


def _instrument(name: str, options: PaperOptions) -> Instrument:
    """Give the instrument of a file: a contract of the tables, or a pair, with the steps asked for."""
    steps: dict[str, str | None] = dict.fromkeys(("tick", "lot", "minimum"))
    if name == options.symbol:
        steps = {"tick": options.tick, "lot": options.lot, "minimum": options.minimum}
    if name.count("-") < 2:
        return described(name, steps)
    row = _known(name)
    if row is None:
        raise PaperError(f"{name!r} is no contract that is known here.", "Write it like BTC-USDT-SWAP.")
    return row


def _known(name: str) -> Instrument | None:
    tables = (spot_pairs(), swaps())
    return next((row for table in tables for row in table if row.name == name), None) or future(name) or option(name)


def _measured(name: str, recording: Recording) -> Instrument | None:
    """Give a pair with the finest steps its recorded book shows; None for a contract, whose terms no book shows."""
    book = recording.books.get(name)
    if name.count("-") != 1 or book is None:
        return None
    rows = [row for frame in book.frames for row in (*frame.bids, *frame.asks)]
    tick, lot = (Decimal(1).scaleb(min(_exponent(row[place]) for row in rows)) for place in (0, 1))
    return Instrument(name, tick, lot, lot)


def _exponent(number: str) -> int:
    return min(int(Decimal(number).as_tuple().exponent), 0)
