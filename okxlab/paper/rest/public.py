"""What there is: the time, the instruments, and when the exchange rests."""

from okxlab.paper.codes import Refusal
from okxlab.paper.products.instrument import Instrument
from okxlab.paper.rest.parameters import family_of, kind_of
from okxlab.paper.rest.route import Call, Limit, Route

Rows = list[object]


def time(call: Call) -> Rows:
    """Give protocol time."""
    return [{"ts": str(call.venue.clock.now_ms())}]


def status(call: Call) -> Rows:
    """Give the maintenance that is announced, under way or over."""
    return [row for row in call.venue.status_rows() if row["state"] == call.params.get("state", row["state"])]


def chosen(call: Call) -> list[Instrument]:
    """Give the instruments of instType, instFamily (or uly, its former name) and instId; 51001 when instId is none."""
    params = call.params
    name, family = params.get("instId") or "", family_of(params)
    found = [
        row
        for row in call.venue.listing.kind(kind_of(params))
        if (not name or row.name == name)
        and (not family or (row.contract is not None and row.contract.family == family))
    ]
    if name and not found:
        raise Refusal("51001")
    return found


def instruments(call: Call) -> Rows:
    """List what is traded."""
    return [row.row() for row in chosen(call)]


_IP = ("ip",)

ROUTES = (
    Route("GET", "public/time", time, "public", Limit(10, by=_IP)),
    Route("GET", "public/instruments", instruments, "public", Limit(20, by=("ip", "instType"))),
    Route("GET", "system/status", status, "public", Limit(1, 5000, _IP)),
)
