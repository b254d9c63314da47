"""The store: market data kept by series, written whole or not at all, with a record of what is not there."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from tqdm.auto import tqdm

from okxlab.clock import Clock, SystemClock
from okxlab.errors import CandleError, InputError
from okxlab.model import Moment
from okxlab.store import report
from okxlab.store.commit import Commit, Written
from okxlab.store.encoding import Encoding
from okxlab.store.local import LocalPlace
from okxlab.store.manifest import NAME, Manifest
from okxlab.store.place import Place, is_local
from okxlab.store.remote import RemotePlace
from okxlab.store.rows import Rows, from_frame, joined, to_frame
from okxlab.store.series import Series, milliseconds, moments
from okxlab.store.spans import Span, minus, union
from okxlab.store.state import newest, on_newest, rows_of
from okxlab.store.verify import findings

if TYPE_CHECKING:
    from okxlab.config import Workspace

_AT_ONCE = 8  # files read at once: decoding lets other threads run, and a bucket is far away


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One Parquet file: where it is, its rows, their first and last time (UTC), and how its columns are written.

    ``ts`` is milliseconds since 1970 UTC. A column's value is ``column / 10**encoding[column]``, or the column itself
    where the encoding is None.
    """

    path: str
    rows: int
    first: pd.Timestamp
    last: pd.Timestamp
    encoding: Encoding


class Store:
    """Market data in one place, by `Series`.

    Parameters
    ----------
    url
        A folder, or any fsspec URL: ``memory://``, ``s3://bucket/folder``.
    clock
        Tells finished bars from the unfinished one; default the machine's.
    options
        What fsspec is told of the place, such as ``{"endpoint_url": …}``; it is kept nowhere.

    Notes
    -----
    A series is a folder of Parquet files, one a month (trades: one a day), and a manifest. What the manifest does not
    name is not there: new files come first, then the manifest is replaced in one step, then old files go. A process
    killed at any moment leaves the old state or the new one; readers see one of the two.

    In a folder of this machine the writers of a series wait for one another. On S3 a writer that finds the manifest
    changed merges anew, which needs a server that honours ``If-Match``. Elsewhere only the writers of one process wait
    for one another, and among processes the last one wins.

    Examples
    --------
    >>> store = Store("memory://example")
    >>> minutes = Series("okx", "candles", "BTC-USDT", "1m")
    >>> bars = pd.DataFrame(
    ...     {"open": [1.5], "high": [2.0], "low": [1.0], "close": [2.0], "volume": [7.0]},
    ...     index=pd.DatetimeIndex(["2024-01-01 00:01"], tz="UTC", name="time"),
    ... )
    >>> store.write(minutes, bars, span=("2024-01-01", "2024-01-01 00:02"), source="by hand")
    Written(added=1, replaced=0, unchanged=0)
    >>> store.read(minutes, "2024-01-01", "2024-01-02")["close"].tolist()
    [2.0]
    >>> store.missing(minutes, "2024-01-01", "2024-01-01 00:03")
    [(Timestamp('2024-01-01 00:02:00+0000', tz='UTC'), Timestamp('2024-01-01 00:03:00+0000', tz='UTC'))]
    >>> store.absent(minutes)["bars"].tolist()
    [1]
    """

    def __init__(
        self, url: str | Path, clock: Clock | None = None, *, options: Mapping[str, Any] | None = None
    ) -> None:
        self._place: Place = LocalPlace(url) if is_local(url) else RemotePlace(str(url), options or {})
        self._clock = clock or SystemClock()

    def __repr__(self) -> str:
        return f"Store({self._place.url!r})"

    @property
    def url(self) -> str:
        """Give the folder or URL the store lies in."""
        return self._place.url

    @property
    def filesystem(self) -> Any:
        """Give fsspec's file system of the place, for other readers of the files."""
        return self._place.filesystem

    def write(
        self, series: Series, frame: pd.DataFrame, *, span: tuple[Moment, Moment] | None = None, source: str
    ) -> Written:
        """Put rows in: a row whose key is there takes the older one's place, in every column that it has.

        Parameters
        ----------
        frame
            Index: UTC, rising; of bars their opening. Columns: the series' (``series.columns``, ``series.extra``).
            Values are kept to the last bit, NaN too. Trades may share a time: they are told apart by ``id``, or, when
            the series has no ids, by their place among the trades of that millisecond.
        span
            What the source was asked for and answered completely, ``start <= time < end``: bars that are not in the
            frame are then known to be absent. Bars without a span cover only themselves; other rows cover nothing.
        source
            Who said so; kept with what is covered.

        Raises
        ------
        InputError
            When the frame does not fit the series, or the span ends before it starts or in a bar that has not
            finished; a `CandleError` names a row at fault, and a bar that has not finished is one.
        StoreError
            When the place cannot be reached, or what is there is damaged.
        """
        rows, now = from_frame(series, frame), self._clock.now_ms()
        _refuse_unfinished(series, rows, now)
        asked = None if span is None else _asked(series, span, now)
        if not isinstance(source, str) or not source:
            raise InputError(f"The source is {source!r}.", "Name it in a word, such as 'okx'.")
        with self._place.alone(series.folder):
            return Commit(self._place, series, rows, asked, source).run()

    def read(self, series: Series, start: Moment | None = None, end: Moment | None = None) -> pd.DataFrame:
        """Give the rows with ``start <= time < end``, all without bounds.

        Returns
        -------
        DataFrame
            Index ``time`` (UTC), float64 columns as they were written; of trades ``side`` is text and ``id`` int64. NaN
            where none was given. Empty, with the same columns, when nothing is there.

        Raises
        ------
        InputError
            When ``start`` or ``end`` is no date, or the span ends before it starts.
        StoreError
            When the place cannot be reached, or a file is damaged or gone.
        """
        first, last = _bounds(start, end)
        return to_frame(on_newest(self._place, series, lambda now, _: self._joined(now, first, last)))

    def missing(self, series: Series, start: Moment, end: Moment) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
        """Give the spans between two moments that no source has covered, up to the last bar that has finished."""
        first, last = _on_grid(series, (start, end))
        covered = union((a, b) for a, b, _ in self._manifest(series).covered)
        wanted = (first, min(last, series.down(self._clock.now_ms())))
        return [_pair(span) for span in minus([wanted], covered)]

    def spans(self, series: Series) -> pd.DataFrame:
        """Give what is covered: one row a span, ``start``, ``end`` (UTC, half-open), ``source``."""
        return report.spans(self._manifest(series))

    def absent(self, series: Series) -> pd.DataFrame:
        """Give the holes inside what is covered: bars the source does not have.

        Returns
        -------
        DataFrame
            One row a hole: ``start``, ``end`` (UTC, half-open), ``bars`` (int64), ``source``, which was asked and gave
            none, and ``reason``: ``before the first bar``, ``between bars`` or ``after the last bar``. Empty for series
            that are not bars.
        """
        return report.absent(self._manifest(series))

    def coverage(self) -> pd.DataFrame:
        """Give what is in the store: one row a series.

        Returns
        -------
        DataFrame
            ``exchange``, ``kind``, ``symbol``, ``timeframe``; ``first`` and ``last`` row (UTC, NaT when there is none);
            ``rows``, ``files``, ``bytes``; ``spans`` covered and ``gaps`` in them; ``encoding``, each column's digits
            over all files or ``float``; ``source``, everyone who covered a span.
        """
        return report.coverage([self._manifest(series) for series in self.series()])

    def series(self) -> list[Series]:
        """Give the series that are in the store."""
        return report.named(self._place.folders(NAME))

    def files(self, series: Series) -> list[StoredFile]:
        """Give the files of a series, in order of time, for other readers; a write may replace them."""
        folder = self._place.path(series.folder)
        return [
            StoredFile(f"{folder}/{one.name}", one.rows, *_pair((one.first, one.last)), dict(one.encoding))
            for one in self._manifest(series).parts
        ]

    def verify(self, series: Series | None = None, *, progress: bool = False) -> pd.DataFrame:
        """Read every file again, of one series or of all, and compare it with the manifest.

        Parameters
        ----------
        progress
            Whether to show a bar while series are read.

        Returns
        -------
        DataFrame
            One row a finding: ``series``, ``file``, ``finding`` in words. Empty when everything is sound. A file that
            no manifest names is a finding too: a writer that was killed leaves one. In a folder the next write
            removes it, elsewhere it may be removed by hand once nobody writes.
        """
        shown = tqdm(self.series() if series is None else [series], unit="series", disable=not progress)
        rows = [(str(one), file, words) for one in shown for file, words in findings(self._place, one)]
        return pd.DataFrame(rows, columns=["series", "file", "finding"])

    def _manifest(self, series: Series) -> Manifest:
        return newest(self._place, series)[0]

    def _joined(self, now: Manifest, first: int | None, last: int | None) -> Rows:
        one = partial(rows_of, self._place, now.series, start=first, end=last)
        touched = now.touching(first, last)
        if len(touched) > 2:
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                parts = list(threads.map(one, touched))
        else:
            parts = [one(part) for part in touched]
        return joined(now.series, parts, {name for part in now.parts for name in part.encoding})


def open_store(workspace: "Workspace | Path | str | None" = None, clock: Clock | None = None) -> Store:
    """Open the store of a workspace (default: the one of the current folder), in its ``.okxlab/data``.

    Raises
    ------
    ConfigError
        When the workspace cannot be used.
    """
    from okxlab.config import Workspace, find_workspace  # noqa: PLC0415 - settings take a quarter of a second to import

    place = workspace if isinstance(workspace, Workspace) else find_workspace(workspace)
    return Store(place.state / "data", clock)


def _bounds(start: Moment | None, end: Moment | None) -> tuple[int | None, int | None]:
    first = None if start is None else milliseconds(start, "start")
    last = None if end is None else milliseconds(end, "end")
    if first is not None and last is not None and last < first:
        raise InputError(f"The span ends at {end}, before its start {start}.", "Give a later end.")
    return first, last


def _on_grid(series: Series, span: tuple[Moment, Moment]) -> Span:
    """Give the span of the bars that open in a span."""
    try:
        start, end = span
    except (TypeError, ValueError):
        raise InputError(f"The span is {span!r}.", "Give its start and its end.") from None
    first, last = milliseconds(start, "start"), milliseconds(end, "end")
    _bounds(start, end)
    return series.up(first), series.up(last)


def _asked(series: Series, span: tuple[Moment, Moment], now: int) -> Span:
    first, last = _on_grid(series, span)
    if last > series.down(now):
        raise InputError(
            f"The span of {series} ends at {moments([last])[0]}, and it is only {moments([now])[0]}.",
            f"End it at {moments([series.down(now)])[0]}.",
        )
    return first, last


def _refuse_unfinished(series: Series, rows: Rows, now: int) -> None:
    length = series.step if series.bars else 0
    if len(rows) and int(rows.ts[-1]) + length > now:
        raise CandleError(
            f"The row of {series} at {moments(rows.ts[-1:])[0]} is not finished: it is only {moments([now])[0]}.",
            "Leave it out until it is.",
        )


def _pair(span: Span) -> tuple[pd.Timestamp, pd.Timestamp]:
    first, last = moments(span)
    return first, last
