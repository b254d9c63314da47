"""OKX's args: what names a subscription, and where the exchange's words name one."""

import re
from collections.abc import Mapping

Name = tuple[str, str, str]


def name_of(arg: Mapping[str, str]) -> Name:
    """Give what tells an arg from others: channel, symbol and kind."""
    return arg["channel"], arg.get("instId", ""), arg.get("instType", "")


def says(text: str, symbol: str) -> bool:
    """Whether a text names a symbol, and not only one that begins or ends like it.

    Examples
    --------
    >>> says("instId:BTC-USDT-SWAP doesn't exist", "BTC-USDT"), says("instId:BTC-USDT doesn't exist", "BTC-USDT")
    (False, True)
    """
    return bool(symbol) and re.search(rf"(?<![\w-]){re.escape(symbol)}(?![\w-])", text) is not None
