"""The wire's two ends: what came in read strictly, what goes out as OKX wraps it."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from aiohttp import web

from okxlab.paper.codes import CODES, Refusal

MOST_IN_BATCH = 20


def answer(data: Sequence[object], **more: str) -> web.Response:
    """Wrap rows that were found."""
    return _json(200, {"code": "0", "msg": "", "data": data, **more})


def refused(refusal: Refusal, *, data: bool = False) -> web.Response:
    """Wrap a refusal of the whole request; OKX's header errors carry no data at all."""
    body: dict[str, object] = {"msg": refusal.what, "code": refusal.code}
    return _json(refusal.status, body | {"data": []} if data else body)


def outcome(rows: Sequence[Mapping[str, str]], arrived: int, left: int, *, batch: bool) -> web.Response:
    """Wrap one row an order: code 0 all went well, 1 none did, 2 some did; times in microseconds."""
    failed = sum(row["sCode"] != "0" for row in rows)
    code = "0" if not failed else "1" if failed == len(rows) else "2"
    text = CODES[code][1] if batch else ""
    times = {"inTime": str(arrived * 1000), "outTime": str(left * 1000)}
    return _json(200, {"code": code, "msg": text, "data": rows, **times})


def read_order(body: bytes) -> dict[str, Any]:
    """Read the JSON object of one order."""
    value = _loads(body)
    if not isinstance(value, dict):
        raise Refusal("50002")
    return value


def read_batch(body: bytes) -> list[dict[str, Any]]:
    """Read the JSON list of a batch: 1 to 20 objects."""
    value = _loads(body)
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Refusal("50002")
    if not value:
        raise Refusal("50000")
    if len(value) > MOST_IN_BATCH:
        raise Refusal("51111")
    return value


def check_type(content_type: str) -> None:
    """Refuse a body that says it is something else than JSON."""
    if content_type and content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal("50006")


def _loads(body: bytes) -> Any:
    if not body.strip():
        raise Refusal("50000")
    try:
        return json.loads(body, parse_float=_number, parse_int=str, parse_constant=_not_a_number)
    except (ValueError, RecursionError):
        raise Refusal("50002") from None


def _number(literal: str) -> str:
    """Write a JSON number the way OKX writes numbers, unless it is absurd."""
    value = Decimal(literal)
    return format(value, "f") if abs(value.adjusted()) < 30 else literal


def _not_a_number(literal: str) -> str:
    raise ValueError(literal)


def _json(status: int, body: Mapping[str, object]) -> web.Response:
    text = json.dumps(body, separators=(",", ":"))
    return web.Response(status=status, text=text, content_type="application/json")
