"""Market data on disk: the store, files into it and out of it, and single candle files."""

from okxlab.store.commit import Written
from okxlab.store.files import read_candles, write_candles
from okxlab.store.longer import resample_series
from okxlab.store.naming import file_name, series_at, series_named
from okxlab.store.query import sql
from okxlab.store.series import Series
from okxlab.store.store import Store, StoredFile, open_store
from okxlab.store.transfer import export_file, import_file

__all__ = [
    "Series",
    "Store",
    "StoredFile",
    "Written",
    "export_file",
    "file_name",
    "import_file",
    "open_store",
    "read_candles",
    "resample_series",
    "series_at",
    "series_named",
    "sql",
    "write_candles",
]
