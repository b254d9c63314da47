"""SQL over the store: DuckDB reads the files that manifests name, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pandas as pd

from okxlab.errors import InputError, StoreError
from okxlab.model import Moment
from okxlab.store.place import is_local
from okxlab.store.series import KINDS, Series, milliseconds
from okxlab.store.store import Store, StoredFile, open_store

if TYPE_CHECKING:
    import duckdb

Span = tuple[int | None, ...]
Files = dict[str, dict[Series, list[StoredFile]]]
_ATTEMPTS = 50  # a writer that never rests replaces a file every few milliseconds; reading one takes longer
_KEY = ("exchange", "symbol", "timeframe")
_TYPES = {"side": "VARCHAR", "id": "BIGINT"}
_CLOSED = (
    "SET TimeZone = 'UTC'",
    "SET temp_directory = ''",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
)


def sql(
    query: str,
    store: Store | None = None,
    *,
    params: Sequence[Any] | Mapping[str, Any] | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
) -> pd.DataFrame:
    """Ask a store in SQL, and give the answer as a frame.

    Parameters
    ----------
    query
        One SELECT in DuckDB's SQL. The views are ``candles``, ``mark``, ``index``, ``trades`` and ``funding``, with
        ``exchange``, ``symbol``, ``timeframe`` (empty where there is none), ``time`` (TIMESTAMPTZ, UTC) and the columns
        of their kind as DOUBLE, equal to what ``store.read`` gives bit by bit; ``side`` is text, ``id`` BIGINT. What
        was written as NaN is NULL. ``index`` is a word of SQL: write ``"index"``.
    store
        Default: the workspace's, `okxlab.open_store`.
    params
        Values for ``?`` or ``$1`` in order, or for ``$name`` by name.
    start, end
        Rows the views show, ``start <= time < end``: files of other months are not opened.

    Returns
    -------
    DataFrame
        One column a selected expression; times are UTC, NULL numbers are NaN.

    Raises
    ------
    InputError
        When it is no single SELECT, DuckDB refuses it, or it reaches for anything outside the views: the query can
        neither read nor write another file, nor use the network.
    StoreError
        When the store cannot be reached, or others replace its files faster than they can be read.

    Notes
    -----
    ``where symbol = …`` and ``timeframe = …`` leave the files of other series unread.

    Examples
    --------
    >>> bars = pd.DataFrame({name: [1.5, 2.5] for name in ("open", "high", "low", "close", "volume")},
    ...                     index=pd.to_datetime([0, 60], unit="s", utc=True))
    >>> kept = Store("memory://asked")
    >>> written = kept.write(Series("okx", "candles", "BTC-USDT", "1m"), bars, source="by hand")
    >>> sql("select symbol, max(close) as top from candles group by symbol", kept).to_dict("records")
    [{'symbol': 'BTC-USDT', 'top': 2.5}]
    """
    place = store if store is not None else open_store()
    span = tuple(None if one is None else milliseconds(one, name) for one, name in ((start, "start"), (end, "end")))
    return _answer(place, query, params, span)


def _answer(place: Store, query: str, params: Sequence[Any] | Mapping[str, Any] | None, span: Span) -> pd.DataFrame:
    """Ask until no file has been replaced between the manifest and the reading."""
    import duckdb  # noqa: PLC0415 - only a query needs it

    for _ in range(_ATTEMPTS):
        with duckdb.connect(":memory:") as connection:
            _check_select(connection, query)
            files = _files(place, query, span)
            try:
                _open_views(connection, place, files, span)
                return connection.execute(query, params).df()
            except (duckdb.Error, OSError) as error:
                failed = str(error).splitlines()[0].rstrip(".")
                # what names a file of the store is no fault of the query
                if not isinstance(error, OSError | duckdb.IOException) and not _names(str(error), files):
                    raise InputError(f"The query failed: {failed}.", "Correct it, then ask again.") from None
    raise StoreError(f"The store at {place.url} cannot be read: {failed}.", "Check it with store.verify().")


def _check_select(connection: "duckdb.DuckDBPyConnection", query: str) -> None:
    import duckdb  # noqa: PLC0415 - only a query needs it

    try:
        kinds = [one.type for one in connection.extract_statements(query)] if isinstance(query, str) else []
    except duckdb.Error as error:
        raise InputError(f"The query is no SQL: {str(error).splitlines()[0]}.", "Correct it, then ask again.") from None
    if kinds != [duckdb.StatementType.SELECT]:
        raise InputError("That is no single SELECT.", "Ask for one; a store is written by store.write().")


def _files(store: Store, query: str, span: Span) -> Files:
    """Give the files of every series whose kind a query names, as the manifests have them now."""
    named = [kind for kind in KINDS if kind in query.lower()]
    found: Files = {kind: {} for kind in named}
    for series in store.series():
        if series.kind in named:
            found[series.kind][series] = _within(store.files(series), span)
    return found


def _open_views(connection: "duckdb.DuckDBPyConnection", store: Store, files: Files, span: Span) -> None:
    """Make the views, then shut everything else."""
    for setting in _CLOSED:
        connection.execute(setting)
    if not is_local(store.url):
        connection.register_filesystem(store.filesystem)
    connection.execute(f"SET allowed_paths = [{', '.join(_text(path) for path in _paths(files))}]")
    connection.execute("SET enable_external_access = false")
    for kind, by_series in files.items():
        parts = [part for series, held in by_series.items() for part in _parts(series, held, span)]
        connection.execute(f'CREATE TEMP VIEW "{kind}" AS {" UNION ALL BY NAME ".join([_empty(kind), *parts])}')
    connection.execute("SET lock_configuration = true")


def _paths(files: Files) -> list[str]:
    return [file.path for by_series in files.values() for held in by_series.values() for file in held]


def _names(words: str, files: Files) -> bool:
    return any(path in words for path in _paths(files))


def _within(files: Sequence[StoredFile], span: Span) -> list[StoredFile]:
    start, end = (None if one is None else pd.Timestamp(one, unit="ms", tz="UTC") for one in span)
    return [one for one in files if (start is None or one.last >= start) and (end is None or one.first < end)]


def _empty(kind: str) -> str:
    """Write a part without rows, which gives the view its columns and their types."""
    columns = [(name, "VARCHAR") for name in _KEY] + [("time", "TIMESTAMPTZ")]
    columns += [(name, _TYPES.get(name, "DOUBLE")) for name in (*KINDS[kind].columns, *KINDS[kind].extra)]
    return f"(SELECT {', '.join(f'NULL::{how} AS {name}' for name, how in columns)} LIMIT 0)"


def _parts(series: Series, files: list[StoredFile], span: Span) -> Iterator[str]:
    """Write a part for all files of a series whose columns are written alike."""
    bounds = [f"ts {sign} {at}" for sign, at in zip((">=", "<"), span, strict=True) if at is not None]
    where = f" WHERE {' AND '.join(bounds)}" if bounds else ""
    names = ", ".join(f"{_text(getattr(series, name))} AS {name}" for name in _KEY)
    alike = sorted(files, key=lambda file: str(file.encoding))
    for _, group in groupby(alike, key=lambda file: str(file.encoding)):
        part = list(group)
        values = ", ".join(_value(name, digits) for name, digits in part[0].encoding.items())
        paths = ", ".join(_text(file.path) for file in part)
        rows = f"read_parquet([{paths}]){where}"
        yield f"SELECT {names}, make_timestamptz(ts * 1000) AS time, {values} FROM {rows}"  # noqa: S608 - all text is quoted


def _value(name: str, digits: int | None) -> str:
    if name in _TYPES:
        return name
    if digits is None:
        return f"nullif({name}, 'NaN'::DOUBLE) AS {name}"
    # an integer over a power of ten, both exact as DOUBLE: rounded once, as store.read does
    return f"{name}::DOUBLE / {10**digits}::DOUBLE AS {name}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
