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
Packed = tuple[pa.Array, int | None]  # a column as a file holds it, and its digits
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
    for count in range(_few(values[:: max(1, values.size // _SAMPLE)]), MOST_DIGITS + 1):
        numbers = _scaled(values, count)
        if numbers is not None:
            return count, numbers
    return None


def pack(rows: Rows) -> tuple[bytes, dict[str, int | None]]:
    """Give a Parquet file of rows, and of each column its digits; None where it holds the values as they are."""
    return _file(pa.array(rows.ts), {name: _packed(values) for name, values in rows.columns.items()})


def extend(file: str | pa.BufferReader, encoding: Encoding, rows: Rows) -> tuple[bytes, dict[str, int | None]]:
    """Give what `pack` gives of a file's rows with others after them.

    Whole numbers of the file are taken as they stand, and only the new values are tried, while its digits keep them.
    """
    with pq.ParquetFile(_whole_file(file)) as parquet:
        table = parquet.read(columns=["ts", *encoding], use_threads=False)
    names = [*encoding, *(name for name in rows.columns if name not in encoding)]
    columns = {name: _extended(table, name, encoding, rows) for name in names}
    return _file(pa.concat_arrays([*table.column("ts").chunks, pa.array(rows.ts)]), columns)


def unpack(file: str | pa.BufferReader, encoding: Encoding, start: int | None = None, end: int | None = None) -> Rows:
    """Read the rows of a file with ``start <= ts < end``, as they were given to `pack`."""
    with pq.ParquetFile(file) as parquet:
        groups = list(range(parquet.metadata.num_row_groups))
        if start is not None or end is not None:
            groups = [group for group in groups if _touches(parquet.metadata.row_group(group), start, end)]
        table = parquet.read_row_groups(groups, columns=["ts", *encoding], use_threads=False)
    columns = {name: _unpacked(table.column(name), count) for name, count in encoding.items()}
    return Rows(table.column("ts").to_numpy(), columns).between(start, end)


def _whole_file(file: str | pa.BufferReader) -> pa.BufferReader:
    """Read a file at once, which is faster than column by column."""
    if not isinstance(file, str):
        return file
    with pa.OSFile(file) as opened:
        return pa.BufferReader(opened.read_buffer())


def _few(sample: NDArray[np.float64]) -> int:
    """Give the fewest decimals that some of the values need: all of them need no fewer."""
    some = sample[~np.isnan(sample), None]
    with np.errstate(over="ignore", invalid="ignore"):
        kept = (np.rint(some * _TENS) / _TENS == some).all(axis=0)
    return int(kept.argmax()) if kept.any() else MOST_DIGITS + 1


def _scaled(values: NDArray[np.float64], count: int) -> NDArray[np.int64] | None:
    """Give values as whole numbers of 10**-count, 0 for NaN; None when that does not restore every bit."""
    absent = np.isnan(values)
    some = np.where(absent, 0.0, values) if absent.any() else values
    with np.errstate(over="ignore"):
        scaled = np.rint(some * _TENS[count])
    if np.abs(scaled).max(initial=0.0) >= _EXACT:
        return None
    scaled += 0.0  # a whole number cannot be minus zero
    back = scaled / _TENS[count]
    if some is not values:
        back[absent] = np.nan
    return scaled.astype(np.int64) if np.array_equal(back.view(np.uint64), values.view(np.uint64)) else None


def _packed(values: Column) -> Packed:
    found = whole(values) if values.dtype == np.float64 else None
    return (_plain(values), None) if found is None else (_numbers(found[1], values), found[0])


def _extended(table: pa.Table, name: str, encoding: Encoding, rows: Rows) -> Packed:
    """Give a column of a file with the rows' after it."""
    values = rows.columns[name] if name in rows.columns else np.full(len(rows), np.nan)
    if name not in encoding:
        return _packed(np.r_[np.full(table.num_rows, np.nan), values])
    old, count = table.column(name), encoding[name]
    if count is None:  # what no number of digits kept alone, none keeps with more
        return pa.concat_arrays([*old.chunks, _plain(values).cast(old.type)]), None
    numbers = _scaled(values, count)
    if numbers is None:
        return _packed(np.r_[_unpacked(old, count), values])
    return pa.concat_arrays([*old.chunks, _numbers(numbers, values)]), count


def _numbers(numbers: NDArray[np.int64], values: NDArray[np.float64]) -> pa.Array:
    absent = np.isnan(values)
    return pa.array(numbers, mask=absent if absent.any() else None)


def _plain(values: Column) -> pa.Array:
    sides = values.dtype == bool
    return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int8)), _SIDES) if sides else pa.array(values)


def _file(ts: pa.Array, columns: Mapping[str, Packed]) -> tuple[bytes, dict[str, int | None]]:
    arrays = {"ts": ts, **{name: array for name, (array, _) in columns.items()}}
    integers = [name for name, array in arrays.items() if pa.types.is_int64(array.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.table(arrays),
        sink,
        row_group_size=_ROW_GROUP,
        compression="zstd",
        compression_level=1,  # differences packed in bits leave little: level 3 takes a tenth longer, for a thousandth
        data_page_version="2.0",
        use_dictionary=[name for name in arrays if name not in integers],
        column_encoding=dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
        write_statistics=["ts"],
        store_schema=False,
    )
    return sink.getvalue().to_pybytes(), {name: count for name, (_, count) in columns.items()}


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
