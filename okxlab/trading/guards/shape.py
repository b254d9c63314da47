"""Whether an order can be meant at all: its side, its numbers, and the steps they must keep to."""

import re
from decimal import Decimal

from okxlab.errors import InputError
from okxlab.model import Instrument, exact, plain
from okxlab.trading.guards.case import Case, Verdict, failed, passed

_CLIENT_ID = re.compile(r"[A-Za-z0-9]{1,32}")


def check_name(case: Case) -> Verdict:
    """Let only client ids pass that OKX takes."""
    name = case.request.client_id
    if _CLIENT_ID.fullmatch(name):
        return passed("name", name)
    return failed("name", f"{name!r} cannot be a client id.", "Use 1 to 32 letters and digits.")


def check_side(case: Case) -> Verdict:
    """Let only purchases and sales pass."""
    side = case.request.side
    if isinstance(side, str) and side in {"buy", "sell"}:
        return passed("side", side)
    return failed("side", f"side is {side!r}.", "Use 'buy' or 'sell'.")


def check_size(case: Case) -> Verdict:
    """Let only sizes pass that are a number, whole lots, and between the instrument's bounds."""
    size, rules = case.request.size, case.rules
    listed, unit = rules.instrument, _unit(rules.instrument)
    fault = _no_number(size, "size")
    if fault:
        return failed("size", *fault)
    if size < listed.minimum:
        what = f"An order of {plain(size)} {unit} is below the minimum of {plain(listed.minimum)} {unit}."
        return failed("size", what, "Raise the amount.")
    if rules.largest is not None and size > rules.largest:
        what = f"An order of {plain(size)} {unit} is above the {plain(rules.largest)} {unit} that one order may hold."
        return failed("size", what, "Split it.")
    if size % listed.lot:
        what = f"{plain(size)} {unit} is not in whole lots of {plain(listed.lot)}."
        return failed("size", what, f"Use {plain(listed.floor_size(size))}.")
    return passed("size", plain(size))


def check_price(case: Case) -> Verdict:
    """Let only prices pass that are a number above zero on the tick; a market order has none."""
    request, listed = case.request, case.rules.instrument
    price, quote = request.price, listed.quote
    if price is None:
        if request.post_only:
            return failed("price", "A post-only order needs a price.", "Give price=, or leave post_only out.")
        return passed("price", "at market")
    fault = _no_number(price, "price")
    if fault:
        return failed("price", *fault)
    if price <= 0:
        what = f"A price of {plain(price)} {quote} is not positive."
        return failed("price", what, "Give a price above zero.")
    if price % listed.tick:
        nearest = listed.floor_price(price) if request.side == "buy" else listed.ceil_price(price)
        what = f"{plain(price)} {quote} is not on the tick of {plain(listed.tick)}."
        return failed("price", what, f"Use {plain(nearest)}.")
    return passed("price", plain(price))


SHAPE = (check_name, check_side, check_size, check_price)


def _unit(listed: Instrument) -> str:
    return listed.base if listed.contract is None else "contracts"


def _no_number(value: object, name: str) -> tuple[str, str] | None:
    """Say why a value is no exact number that a market could know; a float is none, whatever it holds."""
    if not isinstance(value, Decimal):
        return f"{name} is {value!r}, which is not exact.", "Give a Decimal."
    try:
        exact(value, name)
    except InputError as error:
        return error.what, error.fix
    return None
