"""Bills: why each balance is what it is."""

from typing import Any

from okxlab.paper.rest.history import THREE_MONTHS, WEEK, page, span
from okxlab.paper.rest.parameters import one_of
from okxlab.paper.rest.route import Call, Limit, Route
from okxlab.paper.rows.bill import SUBTYPES, bill_row

Rows = list[Any]
_NAMES = {"instType": "instType", "instId": "instId", "mgnMode": "mgnMode", "subType": "subType"}


def week(call: Call) -> Rows:
    """Give the bills of seven days."""
    return _bills(call, WEEK)


def archive(call: Call) -> Rows:
    """Give the bills of three months."""
    return _bills(call, THREE_MONTHS)


def subtypes(call: Call) -> Rows:
    """Tell what the types and subtypes of bills stand for."""
    wanted = {part for part in str(call.params.get("type") or "").split(",") if part}
    return [
        {
            "type": name, "typeDesc": text,
            "subTypeDetails": [{"subType": sub, "subTypeDesc": told} for sub, told in subs.items()],
        }
        for name, (text, subs) in SUBTYPES.items()
        if not wanted or name in wanted
    ]  # fmt: skip


def _bills(call: Call, kept: int) -> Rows:
    params, listing = call.params, call.venue.listing
    after, before, limit = page(params)
    where = ["uid = ?", "id < ?", "id > ?", "ts >= ?", "ts BETWEEN ? AND ?"]
    values: list[Any] = [call.account.uid, after, before, call.venue.clock.now_ms() - kept, *span(params)]
    for key in ("ccy", "type"):
        if params.get(key):
            where.append(f"{key} = ?")
            values.append(params[key])
    inverse = one_of(params, "ctType", ("", "linear", "inverse"), "")
    query = f"SELECT record FROM bills WHERE {' AND '.join(where)} ORDER BY id DESC"  # noqa: S608 - names of our own
    found: Rows = []
    for record in call.archive.rows(query, tuple(values)):
        name = record[8]
        instrument = listing.known(name) if name else None
        row = bill_row(record, record[9] or (instrument.kind if instrument else ""))
        if any(params.get(key) and params[key] != row[field] for key, field in _NAMES.items()):
            continue
        contract = instrument.contract if instrument else None
        if inverse and (contract is None or contract.linear is not (inverse == "linear")):
            continue
        found.append(row)
        if len(found) == limit:
            break
    return found


ROUTES = (
    Route("GET", "account/bills", week, "read", Limit(5, 1000)),
    Route("GET", "account/bills-archive", archive, "read", Limit(5)),
    Route("GET", "account/subtypes", subtypes, "read", Limit(20)),
)
