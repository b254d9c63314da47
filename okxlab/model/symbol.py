"""Symbols: ccxt's and OKX's ways to name one instrument."""

import re

from okxlab.errors import SymbolError

_OKX = re.compile(r"[A-Z0-9_]+(-[A-Z0-9_.]+){1,4}")
_CCXT = re.compile(r"(?P<base>[A-Z0-9_]+)/(?P<quote>[A-Z0-9_]+)(:(?P<settle>[A-Z0-9_]+)(?P<rest>(-[A-Z0-9.]+)*))?")


def instrument_id(symbol: str) -> str:
    """Give OKX's instrument id for a symbol in either spelling.

    Raises
    ------
    SymbolError
        When the text is neither ccxt's nor OKX's spelling.

    Examples
    --------
    >>> instrument_id("BTC/USDT"), instrument_id("btc-usdt"), instrument_id("BTC/USDT:USDT")
    ('BTC-USDT', 'BTC-USDT', 'BTC-USDT-SWAP')
    >>> instrument_id("BTC/USD:BTC-271231-100000-C")
    'BTC-USD-271231-100000-C'
    """
    text = symbol.strip() if isinstance(symbol, str) else ""
    text = text.upper() if text.isascii() else ""  # a long s or a dotless i would become another instrument's letter
    if _OKX.fullmatch(text):
        return text
    match = _CCXT.fullmatch(text)
    if not match:
        raise SymbolError(f"{symbol!r} is not a symbol.", "Write it as 'BTC-USDT' or 'BTC/USDT'.")
    pair = f"{match['base']}-{match['quote']}"
    if match["settle"] is None:
        return pair
    return pair + (match["rest"] or "-SWAP")
