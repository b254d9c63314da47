"""How a file holds its numbers: whole numbers of 10**-digits where that restores every bit, float64 where not."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import compute

from okxlab.store.rows import Column, Rows

MOST_DIGITS = 12
Encoding = Mapping[str, int | None]
_EXACT = 2.0**53  # beyond it whole numbers have no float of their own
_SAMPLE = 256
_ROW_GROUP = 16_384  # a day of minutes lies in one or two of them
_TENS = 10.0 ** np.arange(MOST_DIGITS + 1)
_SIDES = pa.array(["sell", "buy"])


def whole(values: NDArray[np.float64]) -> tuple[int, NDArray[np.int64]] | None:
    """Give the fewest decimals, up to 12, that keep every value, and the values as whole numbers of 10**-decimals.

    Each comes back bit for bit as whole / 10**decimals. NaN, as numpy writes it, may be there and is 0. None when no
    number of decimals keeps them all, as for minus zero.

    >>> whole(np.array([61816.4, 0.25, np.nan]))
    (2, array([6181640,      25,       0]))
    >>> whole(np.array([1 / 3])), whole(np.array([-0.0]))
    (None, None)
    """
    absent = np.isnan(values)
    some = np.where(absent, 0.0, values) if absent.any() else values
    for count in range(_few(some[:: max(1, some.size // _SAMPLE)]), MOST_DIGITS + 1):
        numbers = _scaled(some, count)
        back = np.where(absent, np.nan, numbers / _TENS[count]) if some is not values else numbers / _TENS[count]
        if np.array_equal(back.view(np.uint64), values.view(np.uint64)):
            return count, numbers
    return None


def pack(rows: Rows) -> tuple[bytes, dict[str, int | None]]:
    """Give a Parquet file of rows, and of each column its digits; None where it holds the values as they are."""
    arrays, encoding = {"ts": pa.array(rows.ts)}, {}
    for name, values in rows.columns.items():
        arrays[name], encoding[name] = _packed(values)
    integers = [name for name, array in arrays.items() if pa.types.is_int64(array.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.table(arrays),
        sink,
        row_group_size=_ROW_GROUP,
        compression="zstd",
        compression_level=3,
        data_page_version="2.0",
        use_dictionary=[name for name in arrays if name not in integers],
        column_encoding=dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
        write_statistics=["ts"],
        store_schema=False,
    )
    return sink.getvalue().to_pybytes(), encoding


def unpack(file: str | pa.BufferReader, encoding: Encoding, start: int | None = None, end: int | None = None) -> Rows:
    """Read the rows of a file with ``start <= ts < end``, as they were given to `pack`."""
    with pq.ParquetFile(file) as parquet:
        groups = list(range(parquet.metadata.num_row_groups))
        if start is not None or end is not None:
            groups = [group for group in groups if _touches(parquet.metadata.row_group(group), start, end)]
        table = parquet.read_row_groups(groups, columns=["ts", *encoding], use_threads=False)
    columns = {name: _unpacked(table.column(name), count) for name, count in encoding.items()}
    return Rows(table.column("ts").to_numpy(), columns).between(start, end)


def _few(sample: NDArray[np.float64]) -> int:
    """Give the fewest decimals that some of the values need: all of them need no fewer."""
    with np.errstate(over="ignore", invalid="ignore"):
        kept = (np.rint(sample[:, None] * _TENS) / _TENS == sample[:, None]).all(axis=0)
    return int(kept.argmax()) if kept.any() else MOST_DIGITS + 1


def _scaled(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Give values as whole numbers of 10**-count; those too great to be exact are 0, and so not restored."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(values * _TENS[count])
    exact = np.abs(scaled) < _EXACT
    return (scaled if exact.all() else np.where(exact, scaled, 0.0)).astype(np.int64)


def _packed(values: Column) -> tuple[pa.Array, int | None]:
    if values.dtype == bool:
        return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int8)), _SIDES), None
    found = whole(values) if values.dtype == np.float64 else None
    if found is None:
        return pa.array(values), None
    absent = np.isnan(values)
    return pa.array(found[1], mask=absent if absent.any() else None), found[0]


def _unpacked(column: pa.ChunkedArray, count: int | None) -> Column:
    if pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
        return np.asarray(compute.equal(column, "buy"))
    # a column with nulls comes as float64 with NaN in their place, exact below 2**53; one's reader may change it
    values = column.to_numpy()
    kept: Column = np.require(values, requirements="W") if count is None else values / _TENS[count]
    return kept


def _touches(group: pq.RowGroupMetaData, start: int | None, end: int | None) -> bool:
    stamps = group.column(0).statistics
    return (start is None or stamps.max >= start) and (end is None or stamps.min < end)
