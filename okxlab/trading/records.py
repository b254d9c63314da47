"""What the journal says, one frozen record for each thing that happens to an order.

A record holds text, whole numbers and truth values alone: money stands as it went over the wire, so that writing and
reading it again changes no digit. Times are milliseconds since 1970, UTC.
"""

from dataclasses import dataclass, fields
from typing import Any, Literal

import orjson

from okxlab.errors import JournalError

Action = Literal["place", "amend", "cancel"]


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be sent; on disk before its first byte leaves.

    ``name`` is unique in the journal: an order's client id, and for an amendment or a cancellation a name of its own.
    ``row`` is what goes over the wire, ``expires_ms`` the moment on the exchange's clock after which it may no longer
    take effect (0: it has none), ``sent_ms`` the exchange's clock as it was when this was written. ``checks`` are the
    guard's findings.
    """

    name: str
    action: Action
    symbol: str
    client_id: str
    order_id: str
    row: dict[str, str]
    expires_ms: int
    sent_ms: int
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """How the exchange's answer to an intent was judged; ``outcome`` is the kind of an `okxlab.exchange.Outcome`."""

    name: str
    outcome: str
    order_id: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """An order of ours as the exchange showed it at ``update_ms``, its own stamp of the last change."""

    client_id: str
    order_id: str
    symbol: str
    side: str
    state: str
    size: str
    price: str
    filled: str
    update_ms: int


@dataclass(frozen=True, slots=True)
class Filled:
    """One execution of an order of ours; ``fee`` is positive when paid."""

    symbol: str
    trade_id: str
    bill_id: str
    order_id: str
    client_id: str
    side: str
    price: str
    size: str
    fee: str
    fee_currency: str
    maker: bool
    time_ms: int


@dataclass(frozen=True, slots=True)
class Ended:
    """An unknown intent that came to its end by evidence: ``verdict`` says which, ``evidence`` what was read."""

    name: str
    verdict: Literal["no_effect", "took_effect"]
    evidence: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """An order that is not ours: counted, and left alone. ``state`` gone: it is no longer open."""

    order_id: str
    client_id: str
    symbol: str
    side: str
    state: str
    size: str
    price: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Something the exchange told that the journal did not expect."""

    what: str
    symbol: str = ""
    order_id: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a strategy decided and must know again after a crash: the newest value of a name stands."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Halt:
    """New risk is refused from here on; an empty ``reason`` ends the halt."""

    reason: str


Record = Intent | Answer | Seen | Filled | Ended | Foreign | Difference | Fact | Halt

_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in (Intent, Answer, Seen, Filled, Ended, Foreign, Difference, Fact, Halt)
}
_NAMES = {kind: (name, tuple(field.name for field in fields(kind))) for name, kind in _KINDS.items()}


def encode(record: Record, at_ms: int) -> bytes:
    """Write a record as one JSON object: ``kind``, ``at`` (ms, this machine's clock), then its fields.

    >>> encode(Fact("launched", "yes"), 5)
    b'{"kind":"fact","at":5,"name":"launched","value":"yes"}'
    """
    kind, names = _NAMES[type(record)]
    return orjson.dumps({"kind": kind, "at": at_ms} | {name: getattr(record, name) for name in names})


def decode(payload: bytes) -> Record:
    """Read what `encode` wrote.

    >>> decode(encode(Fact("launched", "yes"), 5))
    Fact(name='launched', value='yes')

    Raises
    ------
    JournalError
        When it is not a record, or one of a kind this version does not know.
    """
    try:
        row = orjson.loads(payload)
        kind = _KINDS[row.pop("kind")]
        del row["at"]
        if kind is Intent:
            row["checks"] = tuple(row["checks"])
        record: Record = kind(**row)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JournalError(
            f"The journal holds a record this version cannot read ({type(error).__name__}).",
            "Open it with the version of okxlab that wrote it.",
        ) from None
    return record
