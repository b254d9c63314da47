"""Orders over a connection: the same acts as over REST, named by instIdCode."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.keys import ApiKey
from okxlab.paper.archive.archive import Archive
from okxlab.paper.codes import Refusal
from okxlab.paper.rest import trade
from okxlab.paper.rest.access import authorize
from okxlab.paper.rest.envelope import MOST_IN_BATCH
from okxlab.paper.rest.limits import Limiter
from okxlab.paper.rest.route import Answer, Call, Route
from okxlab.paper.rest.table import routes
from okxlab.paper.venue import Venue

PATHS = {
    "order": "trade/order",
    "batch-orders": "trade/batch-orders",
    "cancel-order": "trade/cancel-order",
    "batch-cancel-orders": "trade/cancel-batch-orders",
    "amend-order": "trade/amend-order",
    "batch-amend-orders": "trade/amend-batch-orders",
    "mass-cancel": "trade/mass-cancel",
}
Fields = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """Who asks for an operation, and what: ``args`` as they came, ``deadline`` OKX's expTime."""

    op: str
    args: Any
    deadline: str
    account: Account
    key: ApiKey
    ip: str
    arrived: int


class Operations:
    """Acts on orders.

    Parameters
    ----------
    venue, archive
        Where they stand.
    limiter
        Counts them, together with those over REST.
    """

    def __init__(self, venue: Venue, archive: Archive, limiter: Limiter) -> None:
        self._venue = venue
        self._archive = archive
        self._limiter = limiter
        table = routes()
        self._routes = {op: found["POST"] for op, path in PATHS.items() if (found := table.get(f"/api/v5/{path}"))}

    def act(self, asked: Asked) -> Answer:
        """Act on orders; the turn ends later.

        Raises
        ------
        Refusal
            60019 (no such operation), 60013 (args), or the endpoint's own refusal of the whole request.
        """
        route = self._routes.get(asked.op)
        if route is None:
            raise Refusal("60019", asked.op)
        authorize(asked.key, route)
        rows = _listed(asked.args, batch=route.listed)
        if not route.joined:
            self._venue.settle()  # what others have just done is on disk, where it may be asked for
        self._venue.due(asked.arrived // 1000)
        return self._named(route, asked, rows) if asked.op != "mass-cancel" else self._act(route, asked, rows[0])

    def _named(self, route: Route, asked: Asked, rows: list[Fields]) -> Answer:
        """Act on the orders whose instrument is named, refuse the others, and give the rows in the order asked."""
        named: list[Fields] = []
        answered: list[Any] = []
        call = self._call(asked, None)
        for fields in rows:
            try:
                named.append({**fields, "instId": self._instrument(fields)})
                answered.append(None)
            except Refusal as refusal:
                answered.append(trade.failed(call, fields, refusal))
        found = iter(self._act(route, asked, named if route.listed else named[0]).rows if named else ())
        return trade.acted([next(found) if row is None else row for row in answered], batch=route.listed)

    def _act(self, route: Route, asked: Asked, body: Any) -> Answer:
        call = self._call(asked, body)
        self._limiter.admit(route, call)
        answer = route.act(call)
        return answer if isinstance(answer, Answer) else Answer(answer)

    def _call(self, asked: Asked, body: Any) -> Call:
        headers = {"expTime": asked.deadline} if asked.deadline else {}
        params = body if isinstance(body, Mapping) else {}
        return Call(
            self._venue, self._archive, params, asked.account, body=body, key=asked.key, headers=headers, ip=asked.ip,
            endpoint=PATHS[asked.op], arrived=asked.arrived,
        )  # fmt: skip

    def _instrument(self, fields: Fields) -> str:
        """Give the instrument of instIdCode; instId is not looked at."""
        code = fields.get("instIdCode")
        if code is None or code == "":
            raise Refusal("50014", "instIdCode")
        if not (isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < 12):
            raise Refusal("51000", "instIdCode")
        instrument = self._venue.listing.coded(int(code))
        if instrument is None:
            raise Refusal("51001")
        return instrument.name


def _listed(args: Any, *, batch: bool) -> list[Fields]:
    """Give the args of an operation: one, or up to 20 of a batch."""
    most = MOST_IN_BATCH if batch else 1
    if not isinstance(args, list) or not args or not all(isinstance(row, dict) for row in args):
        raise Refusal("60013", "a list of objects is needed")
    if len(args) > most:
        raise Refusal("60013", f"at most {most}")
    return args
