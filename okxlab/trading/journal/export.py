"""The journal as one tidy table, in a frame or in Parquet files."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from okxlab.errors import InputError, JournalError
from okxlab.exchange import Session
from okxlab.trading.journal.header import OPENED
from okxlab.trading.journal.opening import readers

_WORDS = ("kind", "action", "name", "client_id", "order_id", "symbol", "side", "state", "code")
_NUMBERS = ("price", "size", "filled", "fee")
_COLUMNS = ("time", "strategy", "record", "epoch", *_WORDS, *_NUMBERS, "fee_currency", "note", "body")
# Where a kind of record has another name for it; an intent's numbers stand in the row that went over the wire.
_OTHER_NAMES = {
    "state": ("outcome", "verdict"),
    "price": ("px", "newPx"),
    "size": ("sz", "newSz"),
    "note": ("message", "evidence", "what", "reason", "value"),
}
_DIGITS, _DECIMALS = 38, 18


def journal(session: Session, strategy: str | None = None) -> pd.DataFrame:
    """Give what the journals of a session's account say, one row a record.

    Parameters
    ----------
    session
        Whose account it is; the journals are those of its profile, in its workspace or in the database of its settings.
    strategy
        One strategy; by default all that have a journal.

    Returns
    -------
    DataFrame
        In the order written, one strategy after the other. ``time`` (UTC, when it was written), ``strategy``,
        ``record`` (counted from 0 in its journal) and ``epoch`` (how often the journal was opened until then);
        ``kind`` and what records of that kind have of ``action``, ``name``, ``client_id``, ``order_id``, ``symbol``,
        ``side``, ``state`` (also an answer's outcome and a verdict), ``code``, ``fee_currency`` and ``note``, NaN
        where they have none; ``price`` (quote), ``size``, ``filled`` (base, contracts for derivatives) and ``fee``
        (positive when paid) as exact Decimals, None where there is none or it has more than 18 decimals; ``body`` is
        the record itself, as JSON.

    Raises
    ------
    JournalError
        When a journal is damaged, or ``strategy`` has none.
    """
    rows = [row for name, read in _readers(session, strategy).items() for row in _rows(name, read())]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame["time"] = pd.to_datetime(frame["time"], unit="ms", utc=True).astype("datetime64[ms, UTC]")
    texts = dict.fromkeys(("strategy", *_WORDS, "fee_currency", "note", "body"), "str")
    return frame.astype({"record": "int64", "epoch": "int64", **texts})


def export_journal(session: Session, folder: Path | str) -> list[Path]:
    """Write the journals of a session's account as Parquet, a file for each strategy, and give the paths.

    The columns are those of `journal`; times are UTC timestamps, numbers decimals of 18 places (SQL that multiplies two
    of them casts them first). A file that is there is replaced by a whole one, readable to its owner alone.

    Raises
    ------
    JournalError
        When a journal is damaged.
    InputError
        When the folder cannot be written to.
    """
    place = Path(folder).expanduser()
    written = []
    for name in _readers(session, None):
        file = place / f"{session.profile.name}-{session.account.uid}-{name}.parquet"
        _write(journal(session, name), file)
        written.append(file)
    return written


def _readers(session: Session, strategy: str | None) -> dict[str, Callable[[], list[bytes]]]:
    """Give what reads each journal there is, by strategy."""
    found = readers(session)
    if strategy is None:
        return found
    if strategy not in found:
        raise JournalError(
            f"Strategy {strategy!r} has no journal on {session.profile.name}.",
            f"There are: {', '.join(found) or 'none'}.",
        )
    return {strategy: found[strategy]}


def _rows(strategy: str, payloads: Iterable[bytes]) -> Iterator[list[object]]:
    epoch = 0
    for number, payload in enumerate(payloads):
        record = orjson.loads(payload)
        epoch = record["epoch"] if payload.startswith(OPENED) else epoch
        told = record | record.get("row", {})
        yield [
            *(record["at"], strategy, number, epoch),
            *(_value(told, name) for name in _WORDS),
            *(_number(_value(told, name)) for name in _NUMBERS),
            *(_value(told, "fee_currency"), _value(told, "note"), payload.decode()),
        ]


def _value(told: Mapping[str, Any], column: str) -> str | None:
    for name in (column, *_OTHER_NAMES.get(column, ())):
        if told.get(name) not in {None, ""}:
            return str(told[name])
    return None


def _number(text: str | None) -> Decimal | None:
    """Read a number, unless a Parquet decimal could not hold every digit of it."""
    try:
        number = Decimal(text or "NaN")
    except InvalidOperation:
        return None
    fits = (
        number.is_finite() and number.adjusted() < _DIGITS - _DECIMALS and int(number.as_tuple().exponent) >= -_DECIMALS
    )
    return number if fits else None


def _write(frame: pd.DataFrame, file: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 - takes long to import, and only a file needs it
    from pyarrow import parquet  # noqa: PLC0415 - same

    types = {"time": pa.timestamp("ms", tz="UTC"), "record": pa.int64(), "epoch": pa.int64()}
    types |= dict.fromkeys(_NUMBERS, pa.decimal128(_DIGITS, _DECIMALS))
    schema = pa.schema([(name, types.get(name, pa.string())) for name in _COLUMNS])
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    fresh = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as stream:
            parquet.write_table(table, stream)
        fresh.replace(file)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise InputError(f"{file} cannot be written: {error}.", "Choose a place you may write to.") from None
