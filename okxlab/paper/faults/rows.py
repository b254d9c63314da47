"""Faults of answers' rows: some refused, lost, doubled, out of order, hidden, changed, or from some time ago."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from okxlab.paper.codes import Refusal
from okxlab.paper.faults.rule import Rule
from okxlab.paper.faults.stale import Past
from okxlab.paper.orders.named import find
from okxlab.paper.rest.route import Act, Answer, Call
from okxlab.paper.rest.trade import acted, failed

Rows = Sequence[Any]
_STAMPS = ("fillTime", "ts", "uTime", "cTime")


def struck(act: Act, rules: Mapping[str, Rule], past: Past) -> Act:
    """Give what answers a request in place of ``act``."""

    def answer(call: Call) -> Answer:
        if "stale" in rules and (old := past.rows(call, rules["stale"].values["ms"])) is not None:
            return Answer(old)
        if "fill_first" in rules and call.body is not None:
            _fill_first(call)
        if "row_code" in rules and call.body is not None:
            given = _with_refused(call, act, rules["row_code"])
        else:
            found = act(call)
            given = found if isinstance(found, Answer) else Answer(found)
        for fault, edit in EDITS.items():
            if fault in rules:
                given = Answer(edit(given.rows, rules[fault].values, call), given.code, given.text, given.timed)
        return given

    return answer


def _with_refused(call: Call, act: Act, rule: Rule) -> Answer:
    """Act on the rows that are not to be refused, and refuse the others, each in its place; none named is all."""
    batch = isinstance(call.body, list)
    asked: list[Any] = call.body if batch else [call.body]
    wanted = rule.values["rows"] or range(len(asked))
    refusal = Refusal(rule.values["code"])
    kept = [fields for place, fields in enumerate(asked) if place not in wanted]
    call.body = kept if batch else call.body
    inner = act(call) if kept else Answer([])
    good = iter(inner.rows if isinstance(inner, Answer) else inner)
    rows = [failed(call, fields, refusal) if place in wanted else next(good) for place, fields in enumerate(asked)]
    return acted(rows, batch=batch)


def _fill_first(call: Call) -> None:
    for fields in call.body if isinstance(call.body, list) else [call.body]:
        order = find(call.account, fields)
        if order is not None:
            call.venue.fill(order, order.rest, order.price, maker=True)


def _lose(rows: Rows, values: Mapping[str, Any], _call: Call) -> Rows:
    return [row for place, row in enumerate(rows) if values["rows"] and place not in values["rows"]]


def _shuffle(rows: Rows, _values: Mapping[str, Any], _call: Call) -> Rows:
    return list(reversed(rows))


def _repeat(rows: Rows, values: Mapping[str, Any], _call: Call) -> Rows:
    wanted = values["rows"] or range(len(rows))
    return [row for place, row in enumerate(rows) for _ in range(2 if place in wanted else 1)]


def _hide(rows: Rows, values: Mapping[str, Any], call: Call) -> Rows:
    newest = call.venue.clock.now_ms() - values["ms"]
    return [row for row in rows if _stamp(row) <= newest]


def _edit(rows: Rows, values: Mapping[str, Any], _call: Call) -> Rows:
    wanted = values["rows"] or range(len(rows))
    return [row | values["set"] if place in wanted and isinstance(row, dict) else row for place, row in enumerate(rows)]


def _stamp(row: "Mapping[str, Any] | Sequence[str]") -> int:
    if not isinstance(row, Mapping):  # a candle
        return int(row[0])
    return next((int(stamp) for name in _STAMPS if (stamp := row.get(name))), 0)


EDITS: dict[str, Callable[[Rows, Mapping[str, Any], Call], Rows]] = {
    "hide_rows": _hide,
    "lose_rows": _lose,
    "repeat_rows": _repeat,
    "shuffle_rows": _shuffle,
    "edit_rows": _edit,
}
