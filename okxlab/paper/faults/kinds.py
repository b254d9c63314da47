"""The faults there are, and what each takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from okxlab.errors import PaperError
from okxlab.paper.codes import CODES

Where = Literal["rest", "stream"]


@dataclass(frozen=True)
class Kind:
    """A fault: where it strikes, what it takes with its defaults, and what it does in one line."""

    where: Where
    takes: Mapping[str, Any]
    does: str


_BODIES = ("html", "json", "empty")
_LONGEST_MS = 10**12
_RANGES = {"ms": (0, _LONGEST_MS), "bytes": (0, _LONGEST_MS), "status": (200, 599), "code": (1000, 4999)}
# a default of type int, bool, str, list or dict says what a value must be
KINDS = {
    "delay": Kind("rest", {"ms": 1000}, "the request waits before it is acted on"),
    "slow": Kind("rest", {"ms": 1000}, "the request is acted on at once and its answer waits"),
    "late": Kind("rest", {"ms": 1000}, "the connection breaks at once and the request is acted on later"),
    "drop": Kind("rest", {"accepted": True}, "the connection breaks, after acting or without"),
    "hang": Kind("rest", {"accepted": True}, "no answer ever comes, after acting or without"),
    "repeat": Kind("rest", {}, "the request is delivered twice; the first answer is given"),
    "status": Kind("rest", {"status": 502, "body": "html", "accepted": True}, "a status with body html, json or empty"),
    "cut": Kind("rest", {"bytes": 20}, "the answer ends after some bytes"),
    "code": Kind("rest", {"code": "50004", "accepted": True}, "OKX's code for the whole request, acted on or not"),
    "row_code": Kind("rest", {"code": "51008", "rows": []}, "rows of orders are refused, the others acted on"),
    "lose_rows": Kind("rest", {"rows": []}, "rows are missing from the answer; all were acted on"),
    "shuffle_rows": Kind("rest", {}, "the answer's rows come in the reverse order"),
    "repeat_rows": Kind("rest", {"rows": []}, "rows come twice"),
    "hide_rows": Kind("rest", {"ms": 5000}, "rows younger than this are not shown yet"),
    "edit_rows": Kind("rest", {"set": {}, "rows": []}, "fields of rows have other values"),
    "stale": Kind("rest", {"ms": 5000}, "a question is answered as it would have been some time ago"),
    "fill_first": Kind("rest", {}, "an order is filled a moment before its cancellation or amendment arrives"),
    "drop_frame": Kind("stream", {}, "a frame is not sent; the channel goes silent when every one is"),
    "repeat_frame": Kind("stream", {}, "a frame is sent twice"),
    "late_frame": Kind("stream", {"ms": 1000}, "a frame is sent later than those after it"),
    "swap_frame": Kind("stream", {}, "a frame is sent after the next one of its connection"),
    "cut_frame": Kind("stream", {"bytes": 20}, "a frame ends after some bytes"),
    "close": Kind("stream", {"code": 4006}, "the connection is closed with this code"),
}  # fmt: skip


def values_of(fault: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give a fault's values from what was given, defaults where nothing was.

    Raises
    ------
    PaperError
        There is no such fault, or it does not take such a value.
    """
    kind = KINDS.get(fault)
    if kind is None:
        raise PaperError(f"There is no fault {fault!r}.", f"Use one of {', '.join(KINDS)}.")
    for name, value in given.items():
        if name not in kind.takes:
            raise PaperError(
                f"The fault {fault!r} takes no {name!r}.", f"It takes {', '.join(kind.takes) or 'nothing'}."
            )
        if type(value) is not type(kind.takes[name]):
            raise PaperError(f"The {name} {value!r} is of the wrong type.", f"Give it like {kind.takes[name]!r}.")
        least, most = _RANGES.get(name, (0, 0))
        if isinstance(value, int) and name in _RANGES and not least <= value <= most:
            raise PaperError(f"The {name} {value!r} is out of range.", f"Give {least} to {most}.")
    if given.get("body", _BODIES[0]) not in _BODIES:
        raise PaperError(f"There is no body {given['body']!r}.", f"Use one of {', '.join(_BODIES)}.")
    if "code" in given and kind.where == "rest" and given["code"] not in CODES:
        raise PaperError(f"The exchange knows no code {given['code']!r}.", "Use one of OKX's, as text.")
    return {**kind.takes, **given}
