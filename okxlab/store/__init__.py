"""Candles on disk."""

from okxlab.store.files import read_candles, write_candles

__all__ = ["read_candles", "write_candles"]
