"""Parameters of a query, read strictly."""

from collections.abc import Mapping
from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.venue import Venue

KINDS = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS")

Params = Mapping[str, Any]


def whole(params: Params, name: str, default: int) -> int:
    """Give a parameter that must be a whole number; 51000 when it is not."""
    value = str(params.get(name) or "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise Refusal("51000", name)
    return int(value)


def limited(params: Params, name: str, default: int, most: int) -> int:
    """Give how many rows are wanted, 1 to ``most``."""
    return min(max(whole(params, name, default), 1), most)


def needed(params: Params, name: str) -> str:
    """Give a parameter that must be there; 50014 when it is not."""
    value = params.get(name)
    if not value:
        raise Refusal("50014", name)
    if not isinstance(value, str):
        raise Refusal("51000", name)
    return value


def one_of(params: Params, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    """Give a parameter that must be one of a few; without a default it must be there."""
    value = str(params.get(name) or "") or default
    if value is None:
        raise Refusal("50014", name)
    if value not in allowed:
        raise Refusal("51000", name)
    return value


def kind_of(params: Params) -> str:
    """Give instType, which must be there."""
    return one_of(params, "instType", KINDS)


def instrument_of(venue: Venue, params: Params) -> Instrument:
    """Give the instrument of instId, which must be there; 51001 when there is none."""
    name = needed(params, "instId")
    if name not in venue.listing:
        raise Refusal("51001")
    return venue.listing[name]


def listed_in(params: Params, name: str) -> frozenset[str]:
    """Give a comma-separated parameter as a set."""
    return frozenset(part for part in str(params.get(name) or "").split(",") if part)


def family_of(params: Params) -> str:
    """Give instFamily, which once was called uly; empty when it is not given."""
    return str(params.get("instFamily") or params.get("uly") or "")
