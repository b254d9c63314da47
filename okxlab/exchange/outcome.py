"""What became of a request: the raw answer, read by OKX's own rules."""

from dataclasses import dataclass
from typing import Any, Literal

import orjson

from okxlab.errors import ExchangeError, Refused, Unreachable, Unreadable
from okxlab.exchange.codes import AMBIGUOUS, next_step
from okxlab.exchange.origin import Wire
from okxlab.exchange.profile import Profile

Kind = Literal["acknowledged", "rejected", "not_sent", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one order or cancellation.

    ``acknowledged``: the exchange took it; ``rejected``: it said no, with ``code``; ``not_sent``: no byte left this
    machine; ``unknown``: sent, and no answer proves either.
    """

    kind: Kind
    client_id: str
    order_id: str = ""
    code: str = ""
    message: str = ""


def rows_of(wire: Wire, profile: Profile) -> list[Any]:
    """Give the ``data`` of an answer to a read.

    Raises
    ------
    Unreachable, Unreadable, Refused
        When nobody answered, the answer is not OKX v5, or its code is not 0.
    """
    if wire.status is None:
        raise silent(profile, wire.failure)
    answer = _parsed(wire)
    # an edge server's page may be JSON too: what it says would pass for an exchange that has nothing
    success = answer is not None and str(answer["code"]) == "0"
    if answer is None or (success and (wire.status >= 400 or not isinstance(answer.get("data"), list))):
        raise Unreadable(
            f"{profile.rest} answered HTTP {wire.status} with something that is not OKX v5.",
            "Try again; if it stays, check that nothing stands between you and the exchange.",
        )
    code = str(answer["code"])
    if code != "0":
        raise Refused(f"{profile.rest} refused with code {code}: {answer.get('msg', '')}", next_step(code), code=code)
    return list(answer["data"])


def outcomes_of(wire: Wire, ids: list[str]) -> list[Outcome]:
    """Judge one state-changing request that carried these client or order ids, row by row.

    A row is acknowledged or rejected only by its own ``sCode``, or rejected by a top-level code that is definite.
    """
    if wire.status is None:
        kind: Kind = "unknown" if wire.sent else "not_sent"
        return [Outcome(kind, name, message=wire.failure) for name in ids]
    answer = _parsed(wire)
    if answer is None or wire.status >= 500:
        return [Outcome("unknown", name, message=f"HTTP {wire.status}") for name in ids]
    told = answer.get("data")
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    named: dict[str, dict[str, Any] | None] = {}
    for name, row in ((str(row.get(key, "")), row) for key in ("ordId", "clOrdId") for row in rows):
        named[name] = None if name in named else row  # what two rows claim to be is neither
    return [_judge(answer, named.get(name), name) for name in ids]


def silent(profile: Profile, failure: str) -> ExchangeError:
    """Give the error for an exchange that did not answer."""
    if failure.endswith("Timeout"):
        return Unreachable(
            f"{profile.rest} does not answer in time ({failure}).", "Try again; if it stays, check what keeps it busy."
        )
    if profile.name == "paper":
        return Unreachable(
            f"The paper exchange at {profile.rest} does not answer ({failure}): its process has ended.",
            "Call ox.connect() again: it starts a new one.",
        )
    return Unreachable(f"{profile.rest} does not answer ({failure}).", "Check your network, then try again.")


def _judge(answer: dict[str, Any], row: dict[str, Any] | None, client_id: str) -> Outcome:
    if row is None:
        code, message = str(answer["code"]), str(answer.get("msg", ""))
        return Outcome("rejected" if _definite(code) else "unknown", client_id, code=code, message=message)
    code, message = str(row.get("sCode", "")), str(row.get("sMsg", ""))
    order_id = str(row.get("ordId") or "")
    if code == "0" and order_id:
        return Outcome("acknowledged", client_id, order_id)
    return Outcome("rejected" if _definite(code) else "unknown", client_id, order_id, code, message)


def _definite(code: str) -> bool:
    """Tell whether a code says no for certain: one of OKX's five digits, and none that leaves it open."""
    return len(code) == 5 and code.isascii() and code.isdecimal() and code not in AMBIGUOUS


def _parsed(wire: Wire) -> dict[str, Any] | None:
    try:
        answer = orjson.loads(wire.text)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and "code" in answer else None
