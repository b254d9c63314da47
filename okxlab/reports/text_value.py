"""A parameter's value as typed on a command line, turned into its declared type."""

import json
import re
from typing import Any

_INTEGER = re.compile(r"[+-]?\d{1,40}(_\d+){0,9}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(_\d+)*\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_ORDER = ("None", "bool", "int", "float", "list", "str")


def convert(text: str, kinds: tuple[str, ...]) -> Any:
    """Give the value a text stands for in the first declared kind that can hold it; the text itself if none can.

    >>> convert("7", ("int",)), convert("7", ("str",)), convert("true", ("bool",)), convert("none", ("int", "None"))
    (7, '7', True, None)
    >>> convert("BTC-USDT,ETH-USDT", ("list[str]",)), convert("[1, 2]", ("list[int]",))
    (['BTC-USDT', 'ETH-USDT'], [1, 2])
    """
    for kind in sorted(kinds, key=lambda kind: _ORDER.index(kind.partition("[")[0])):
        done, value = _as(text, kind)
        if done:
            return value
    return text


def _as(text: str, kind: str) -> tuple[bool, Any]:
    bare = text.strip()
    if kind == "None":
        return bare.lower() in {"none", "null"}, None
    if kind == "bool":
        return bare.lower() in {"true", "false"}, bare.lower() == "true"
    if kind == "int":
        return (True, int(bare)) if _INTEGER.fullmatch(bare) else (False, None)
    if kind == "float":
        return (True, float(bare)) if _NUMBER.fullmatch(bare) else (False, None)
    if kind.startswith("list"):
        return _as_list(bare, kind[5:-1])
    return True, text


def _as_list(text: str, item: str) -> tuple[bool, Any]:
    if text.startswith("["):
        try:
            return True, json.loads(text)
        except ValueError:
            return False, None
    parts = [part.strip() for part in text.split(",")] if text else []
    return True, [convert(part, (item or "str",)) for part in parts]
