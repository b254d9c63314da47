"""The wire's two ends: what came in read strictly, what goes out as OKX wraps it."""

import json
from decimal import Decimal
from typing import Any, NamedTuple, cast

import orjson
from aiohttp import hdrs, web

from okxlab.paper.codes import Refusal
from okxlab.paper.rest.route import Answer

MOST_IN_BATCH = 20
CONTENT = "application/json; charset=utf-8"
_TYPE = {hdrs.CONTENT_TYPE: CONTENT}


class Reply(NamedTuple):
    """What goes out: an HTTP status and JSON."""

    status: int
    body: bytes

    def response(self) -> web.Response:
        """Give it as aiohttp sends it."""
        return web.Response(status=self.status, body=self.body, headers=_TYPE)


def wrapped(answer: Answer, arrived: int, left: int) -> Reply:
    """Wrap rows; ``arrived`` and ``left`` are protocol time in microseconds."""
    body: dict[str, object] = {"code": answer.code, "msg": answer.text, "data": answer.rows}
    if answer.timed:
        body |= {"inTime": str(arrived), "outTime": str(left)}
    return Reply(200, orjson.dumps(body))


def turned_away(refusal: Refusal, *, data: bool = False) -> Reply:
    """Wrap a refusal of the whole request; OKX's header errors carry no data at all."""
    body: dict[str, object] = {"msg": refusal.what, "code": refusal.code}
    return Reply(refusal.status, orjson.dumps(body | {"data": []} if data else body))


def refused(refusal: Refusal) -> web.Response:
    """Give the answer to a request that is turned away."""
    return turned_away(refusal).response()


def read_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object, numbers as texts."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise Refusal("50002")
    return value


def read_batch(body: bytes) -> list[dict[str, Any]]:
    """Read the JSON list of a batch: 1 to 20 objects."""
    value = read_json(body)
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


def read_json(body: bytes) -> Any:
    """Read JSON with its numbers as the texts they are written as; 50000 for nothing, 50002 for anything else."""
    if not body.strip():
        raise Refusal("50000")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    else:
        if _of_texts(value):
            return value
    try:
        value = json.loads(body, parse_float=_number, parse_int=str, parse_constant=_not_a_number)
        orjson.dumps(value)  # half a surrogate pair can be read, but neither echoed nor kept
    except (ValueError, TypeError, RecursionError):
        raise Refusal("50002") from None
    return value


def _of_texts(value: object) -> bool:
    """Whether there is no number in it, so that the fast reader has read it as the exact one would."""
    kind = type(value)
    if kind is dict:
        return all(map(_of_texts, cast("dict[str, object]", value).values()))
    if kind is list:
        return all(map(_of_texts, cast("list[object]", value)))
    return kind is str or kind is bool or value is None


def _number(literal: str) -> str:
    """Write a JSON number the way OKX writes numbers, unless it is absurd."""
    value = Decimal(literal)
    return format(value, "f") if abs(value.adjusted()) < 30 else literal


def _not_a_number(literal: str) -> str:
    raise ValueError(literal)
