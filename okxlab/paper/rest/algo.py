"""Algo orders: placed, changed, taken back, looked up."""

from itertools import islice
from typing import Any

from okxlab.paper.codes import CODES, Refusal
from okxlab.paper.exact import plain
from okxlab.paper.orders import slicing, triggering
from okxlab.paper.orders.algo import CANCELED, EFFECTIVE, FAILED, Algo, read_algo
from okxlab.paper.orders.ask import one_of, size_of, text
from okxlab.paper.orders.conditions import change, parse_algo
from okxlab.paper.rest.parameters import Params, listed_in, needed, whole
from okxlab.paper.rest.route import Answer, Call, Limit, Route
from okxlab.paper.rows.algo import algo_row

Rows = list[dict[str, Any]]
_LATEST = 2**63 - 1
_KINDS = ("conditional", "oco", "trigger", "move_order_stop", "iceberg", "twap", "chase", "smart_iceberg")
_MODE_CODES = ("51000", "51010")


def place(call: Call) -> Answer:
    """Place one algo order."""
    return _each(call, [call.body], _place)


def cancel(call: Call) -> Answer:
    """Take algo orders back, each on its own."""
    return _each(call, call.body, _cancel)


def amend(call: Call) -> Answer:
    """Change one algo order."""
    return _each(call, [call.body], _amend)


def order(call: Call) -> Rows:
    """Give one algo order."""
    algos, params = call.venue.algos, call.params
    algo = algos.find(call.account, params)
    if algo is None:
        number, client_id = str(params.get("algoId") or ""), str(params.get("algoClOrdId") or "")
        column = "id" if number else "client"
        query = f"SELECT record FROM algos WHERE uid = ? AND {column} = ? ORDER BY id DESC LIMIT 1"  # noqa: S608 - one of two names
        for algo in _kept(call, query, (call.account.uid, number or client_id)):
            return [algo_row(algo)]
        raise Refusal("51603")
    return [_row(call, algo)]


def pending(call: Call) -> Rows:
    """Give a page of the algo orders that wait, newest first."""
    params = call.params
    kinds, number = _kinds(params), str(params.get("algoId") or "")
    after, before, limit = _page(params)
    found = (
        algo
        for algo in call.venue.algos.of(call.account)
        if algo.kind in kinds and before < algo.id < after and number in {"", str(algo.id)}
        and params.get("instId") in {None, "", algo.instrument.name}
        and params.get("instType") in {None, "", algo.instrument.kind}
    )  # fmt: skip
    return [_row(call, algo) for algo in islice(found, limit)]


def finished(call: Call) -> Rows:
    """Give a page of the algo orders that are done, newest first: those in a state, or one by its id."""
    params = call.params
    kinds = _kinds(params)
    if not params.get("state") and not params.get("algoId"):
        raise Refusal("51602")
    one_of(params, "state", ("", EFFECTIVE, CANCELED, FAILED))
    after, before, limit = _page(params)
    marks = ",".join("?" * len(kinds))
    where = ["uid = ?", "id < ?", "id > ?", "state != 'live'", f"type IN ({marks})"]
    values: list[Any] = [call.account.uid, after, before, *sorted(kinds)]
    for key, column in {"state": "state", "algoId": "id", "instType": "kind", "instId": "inst"}.items():
        if params.get(key):
            where.append(f"{column} = ?")
            values.append(params[key])
    query = f"SELECT record FROM algos WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"  # noqa: S608 - names of our own
    return [algo_row(algo) for algo in _kept(call, query, (*values, limit))]


def _place(call: Call, fields: Params) -> Algo:
    algo, ask = parse_algo(call.venue, call.account, fields)
    price = call.venue.feed.price(algo.instrument.name)
    try:
        call.venue.settlement_of(ask).check(call.account, ask, ask.base_size(price), ask.price or price)
    except Refusal as refusal:
        if refusal.code in _MODE_CODES:  # funds and positions count when it is set off
            raise
    call.venue.algos.add(algo)
    triggering.start(call.venue, algo)
    return algo


def _cancel(call: Call, fields: Params) -> Algo:
    algo = call.venue.algos.find(call.account, fields)
    if algo is None or text(fields, "instId") not in {"", algo.instrument.name}:
        raise Refusal("51400")
    slicing.stop(call.venue, algo)
    return algo


def _amend(call: Call, fields: Params) -> Algo:
    algos = call.venue.algos
    algo = algos.find(call.account, fields)
    if algo is None or needed(fields, "instId") != algo.instrument.name:
        raise Refusal("51503")
    cancels = one_of(fields, "cxlOnFail", ("", "true", "false")) == "true"
    try:
        _apply(call, algo, fields)
    except Refusal:
        if cancels:
            slicing.stop(call.venue, algo)
        raise
    algos.tell(algo, reqId=text(fields, "reqId"), amendResult="0")
    return algo


def _apply(call: Call, algo: Algo, fields: Params) -> None:
    if not algo.legs:
        raise Refusal("51506")
    size, old = text(fields, "newSz"), dict(algo.order)
    legs = change(call.venue, algo, fields)
    if legs == algo.legs and not size:
        raise Refusal("51500")
    if size:
        algo.order["sz"] = plain(size_of(size, algo.instrument, "newSz"))
    try:
        call.venue.algos.require(algo)
    except Refusal:
        algo.order = old
        raise
    algo.legs = legs
    call.venue.algos.reserve(algo)


def _each(call: Call, asked: list[Params], act: Any) -> Answer:
    """Do one thing an algo order and give one row each, in the order asked."""
    rows: Rows = []
    for fields in asked:
        request = fields.get("reqId")
        more = {"reqId": request if isinstance(request, str) else ""} if act is _amend else {}
        try:
            algo: Algo = act(call, fields)
        except Refusal as refusal:
            given = {name: fields.get(name) for name in ("algoId", "clOrdId", "algoClOrdId", "tag")}
            echo = {name: value if isinstance(value, str) else "" for name, value in given.items()}
            rows.append(echo | {"sCode": refusal.code, "sMsg": refusal.what} | more)
        else:
            rows.append(
                {"algoId": str(algo.id), "clOrdId": "", "algoClOrdId": algo.client_id, "sCode": "0", "sMsg": "",
                 "tag": algo.order.get("tag", "")} | more
            )  # fmt: skip
    bad = sum(row["sCode"] != "0" for row in rows)
    code = "0" if not bad else "1" if bad == len(rows) else "2"
    return Answer(rows, code, CODES[code][1] if len(asked) > 1 else "")


def _row(call: Call, algo: Algo) -> dict[str, Any]:
    return algo_row(algo, call.venue.feed.price(algo.instrument.name))


def _kept(call: Call, query: str, values: tuple[Any, ...]) -> list[Algo]:
    venue = call.venue
    return [
        read_algo(record, venue.accounts[record["uid"]], venue.listing.known(record["instrument"]))
        for record in call.archive.rows(query, values)
    ]


def _kinds(params: Params) -> frozenset[str]:
    needed(params, "ordType")
    kinds = listed_in(params, "ordType")
    if not kinds <= set(_KINDS):
        raise Refusal("51000", "ordType")
    return kinds


def _page(params: Params) -> tuple[int, int, int]:
    after, before = whole(params, "after", _LATEST), whole(params, "before", -1)
    return min(after, _LATEST), min(before, _LATEST), min(whole(params, "limit", 100), 100)


_BY_INSTRUMENT = ("user", "instId")

ROUTES = (
    Route("POST", "trade/order-algo", place, "trade", Limit(20, by=_BY_INSTRUMENT)),
    Route("POST", "trade/cancel-algos", cancel, "trade", Limit(20, by=_BY_INSTRUMENT), listed=True),
    Route("POST", "trade/amend-algos", amend, "trade", Limit(20, by=_BY_INSTRUMENT)),
    Route("GET", "trade/order-algo", order, "read", Limit(20)),
    Route("GET", "trade/orders-algo-pending", pending, "read", Limit(20)),
    Route("GET", "trade/orders-algo-history", finished, "read", Limit(20)),
)
