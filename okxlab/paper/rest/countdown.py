"""Cancel-all-after."""

from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.orders.ask import tag_of
from okxlab.paper.rest.parameters import needed, whole
from okxlab.paper.rest.route import Call, Limit, Route

_SHORTEST, _LONGEST = 10, 120  # seconds


def cancel_all_after(call: Call) -> list[dict[str, Any]]:
    """Start, wind up or stop the countdown of a tag, or of all orders without one."""
    needed(call.params, "timeOut")
    seconds, tag = whole(call.params, "timeOut", 0), tag_of(call.params)
    if seconds and not _SHORTEST <= seconds <= _LONGEST:
        raise Refusal("51000", "timeOut")
    now, countdowns = call.venue.clock.now_ms(), call.venue.countdowns
    if seconds:
        countdowns.set(call.account, tag, now + seconds * 1000)
    else:
        countdowns.stop(call.account, tag)
    call.venue.changes.records.append(countdowns.record())
    return [{"triggerTime": str(now + seconds * 1000 if seconds else 0), "tag": tag, "ts": str(now)}]


ROUTES = (
    Route("POST", "trade/cancel-all-after", cancel_all_after, "trade", Limit(1, window_ms=1000, by=("user", "tag"))),
)
