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
_SIDES = pa.array(["sell", "buy"])


def digits(values: NDArray[np.float64]) -> int | None:
    """Give the smallest number of decimals, up to 12, that keeps every value; None when none does.

    Each comes back bit for bit as whole / 10**digits. NaN may be there, as numpy writes it; minus zero may not.

    >>> digits(np.array([61816.4, 0.25, np.nan])), digits(np.array([1 / 3])), digits(np.array([-0.0]))
    (2, None, None)
    """
    sample = values[:: max(1, values.size // _SAMPLE)]
    for count in range(MOST_DIGITS + 1):
        if _whole(sample, count) is not None and _whole(values, count) is not None:
            return count
    return None


def pack(rows: Rows) -> tuple[bytes, dict[str, int | None]]:
    """Give a Parquet file of rows, and of each column its digits; None where it holds the values as they are."""
    arrays: dict[str, pa.Array] = {"ts": pa.array(rows.ts)}
    encoding = {name: digits(v) if v.dtype == np.float64 else None for name, v in rows.columns.items()}
    for name, values in rows.columns.items():
        arrays[name] = _packed(values, encoding[name])
    whole = [name for name, array in arrays.items() if pa.types.is_int64(array.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.table(arrays),
        sink,
        row_group_size=_ROW_GROUP,
        compression="zstd",
        compression_level=3,
        data_page_version="2.0",
        use_dictionary=[name for name in arrays if name not in whole],
        column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
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


def _whole(values: NDArray[np.float64], count: int) -> NDArray[np.int64] | None:
    """Give values as whole numbers of 10**-count, 0 for NaN, or None when that would not restore them."""
    absent = np.isnan(values)
    scale = 10.0**count
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.where(absent, 0.0, np.rint(values * scale))
    if not (np.abs(scaled) < _EXACT).all():
        return None
    whole = scaled.astype(np.int64)
    back = np.where(absent, np.nan, whole / scale)
    return whole if np.array_equal(back.view(np.uint64), values.view(np.uint64)) else None


def _packed(values: Column, count: int | None) -> pa.Array:
    if values.dtype == bool:
        return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int8)), _SIDES)
    if count is None:
        return pa.array(values)
    absent = np.isnan(values)
    return pa.array(_whole(values, count), mask=absent if absent.any() else None)


def _unpacked(column: pa.ChunkedArray, count: int | None) -> Column:
    if pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
        return np.asarray(compute.equal(column, "buy"))
    values: Column = column.to_numpy()
    # a column with nulls comes as float64 with NaN in their place, exact below 2**53
    return values if count is None else values / 10.0**count


def _touches(group: pq.RowGroupMetaData, start: int | None, end: int | None) -> bool:
    stamps = group.column(0).statistics
    return (start is None or stamps.max >= start) and (end is None or stamps.min < end)
