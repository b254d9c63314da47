"""Market data on disk: the store, and single candle files."""

from okxlab.store.commit import Written
from okxlab.store.files import read_candles, write_candles
from okxlab.store.series import Series
from okxlab.store.store import Store, StoredFile, open_store

__all__ = ["Series", "Store", "StoredFile", "Written", "open_store", "read_candles", "write_candles"]
