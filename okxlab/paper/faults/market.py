"""What the exchange itself may do to a market or an account, at once and not by rule."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from okxlab.errors import PaperError
from okxlab.paper.accounts.delivery import Delivery
from okxlab.paper.exact import plain, read
from okxlab.paper.products.instrument import Contract, Instrument
from okxlab.paper.venue import Venue

BY_SYSTEM = "0"  # OKX's cancelSource
_STATES = ("live", "suspend", "preopen", "post_only", "rebase", "expired")


def suspend(venue: Venue, fields: Mapping[str, Any]) -> dict[str, str]:
    """Give an instrument another state."""
    instrument, state = _instrument(venue, fields), str(fields.get("state", "suspend"))
    if state not in _STATES:
        raise PaperError(f"There is no state {state!r}.", f"Use one of {', '.join(_STATES)}.")
    venue.listing.replace(replace(instrument, state=state))
    venue.changes.instruments.add(instrument.name)
    return {"instId": instrument.name, "state": state}


def delist(venue: Venue, fields: Mapping[str, Any]) -> dict[str, str]:
    """Cancel an instrument's orders, settle its positions as they stand, and take it off the list."""
    instrument = _instrument(venue, fields)
    gone = [order for order in venue.open.values() if order.instrument.name == instrument.name]
    for order in gone:
        venue.withdraw(order, BY_SYSTEM)
    if instrument.contract:
        _settle(venue, instrument, instrument.contract)
    venue.listing.remove(instrument.name)
    venue.changes.instruments.add(instrument.name)
    return {"instId": instrument.name, "canceled": str(len(gone))}


def steps(venue: Venue, fields: Mapping[str, Any]) -> dict[str, str]:
    """Change an instrument's tick, lot or minimum; what rests stays as it is."""
    instrument = _instrument(venue, fields)
    new: dict[str, Any] = {name: _step(fields, name) for name in ("tick", "lot", "minimum") if name in fields}
    if not new:
        raise PaperError("No step is given.", "Give tick, lot or minimum as text.")
    changed = replace(instrument, **new)
    venue.listing.replace(changed)
    venue.changes.instruments.add(instrument.name)
    return {"instId": changed.name, "tick": plain(changed.tick), "lot": plain(changed.lot)}


def freeze(venue: Venue, fields: Mapping[str, Any]) -> dict[str, str]:
    """Freeze the main account, or let it trade again."""
    frozen = fields.get("frozen", True)
    if not isinstance(frozen, bool):
        raise PaperError(f"frozen is {frozen!r}.", "Give true or false.")
    venue.accounts.main.frozen = frozen
    return {"frozen": str(frozen).lower()}


def _settle(venue: Venue, instrument: Instrument, contract: Contract) -> None:
    """Close all positions in a contract: options at their index, others at the mark."""
    marks, delivery = venue.standings.marks, Delivery(venue, venue.margin)
    price = marks.index_price(contract.family) if instrument.kind == "OPTION" else marks.mark_price(instrument)
    for account in venue.accounts.values():
        for position in list(account.positions.values()):
            if position.instrument.name == instrument.name:
                delivery.deliver(position, price)


def _instrument(venue: Venue, fields: Mapping[str, Any]) -> Instrument:
    name = str(fields.get("instId", ""))
    if name not in venue.listing:
        raise PaperError(f"There is no instrument {name!r}.", "Give instId, one that is listed.")
    return venue.listing[name]


def _step(fields: Mapping[str, Any], name: str) -> Decimal:
    number = read(str(fields[name]))
    if not number:
        raise PaperError(f"The {name} {fields[name]!r} is not a positive number.", "Give it as text, like 0.01.")
    return number


Act = Callable[[Venue, Mapping[str, Any]], dict[str, str]]
ACTS: dict[str, Act] = {
    "suspend": suspend,
    "delist": delist,
    "steps": steps,
    "freeze": freeze,
}
