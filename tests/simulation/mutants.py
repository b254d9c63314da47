"""Rules of the order path, each broken in one way that was found in the wild, or could be."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

from okxlab.errors import ExchangeError
from okxlab.exchange import ORDER_LIFE_MS, Outcome, Wire, outcome, outcomes_of
from okxlab.exchange.throttle import Throttle, Turn
from okxlab.trading import evidence, execution, reconcile
from okxlab.trading.blotter import Blotter, Entry
from okxlab.trading.deadman import DeadMan
from okxlab.trading.enquiry import find_order
from okxlab.trading.execution import Executor
from okxlab.trading.journal import Journal, log
from okxlab.trading.journal import frame as framing
from okxlab.trading.records import Answer, Ended
from tests.simulation.network import Network

Change = tuple[object, str, Any]


class Mutant(NamedTuple):
    """One broken rule: ``changes`` are what stands elsewhere meanwhile. ``equivalent`` says why it breaks nothing."""

    name: str
    changes: Sequence[Change]
    equivalent: str = ""


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """Break the rule, inside the block."""
    before = [(place, name, getattr(place, name)) for place, name, _ in mutant.changes]
    try:
        for place, name, instead in mutant.changes:
            setattr(place, name, instead)
        yield
    finally:
        for place, name, stood in before:
            setattr(place, name, stood)


_send, _settle, _place = Executor._send, Executor.settle, Executor.place
_answer, _filled, _move = Blotter._change_answered, Blotter._filled, Blotter._move
_read, _network_send, _judge = Network.read, Network.send, outcome._judge
_frames, _wrong = log.read_frames, framing._wrong
_numbers = count()


def _again(rename: Callable[[str], str]) -> Callable[..., list[Outcome]]:
    """Send again what got no answer, under the ids that ``rename`` gives."""

    def send(self: Executor, action: Any, drafts: Any) -> list[Outcome]:
        outcomes = _send(self, action, drafts)
        if action == "place" and any(one.kind == "unknown" for one in outcomes):
            rows = [draft.row | {"clOrdId": rename(draft.client_id)} for draft in drafts]
            return _resent(self, rows, [draft.client_id for draft in drafts])
        return outcomes

    return send


def _resent(self: Executor, rows: list[dict[str, str]], names: list[str]) -> list[Outcome]:
    permit = self._venue.prepare("trade/batch-orders", rows)
    wire = self._venue.send(permit, self._venue.now_ms() + ORDER_LIFE_MS)
    told = outcomes_of(wire, [row["clOrdId"] for row in rows])
    self.journal.note([Answer(n, o.kind, o.order_id, o.code) for n, o in zip(names, told, strict=True)])
    return told


def _settle_resending(self: Executor, patience_ms: int = 0) -> list[Entry]:
    """Ask once, and send again what is not found."""
    for entry in self.blotter.unknown():
        with suppress(ExchangeError):
            if find_order(self._venue, entry.intent.symbol, client_id=entry.intent.client_id) is None:
                _resent(self, [entry.intent.row], [entry.intent.name])
    return _settle(self, patience_ms)


def _send_then_write(self: Executor, action: Any, drafts: Any) -> list[Outcome]:
    permit = self._venue.prepare(execution._ROUTES[action], [draft.row for draft in drafts])
    intents = self._intents(action, drafts)
    names = [draft.row.get("clOrdId") or draft.row["ordId"] for draft in drafts]
    told = self._carry(action, names, lambda: self._venue.send(permit, intents[0].expires_ms))
    self.journal.note(intents, durable=True)
    self.journal.note([Answer(i.name, o.kind, o.order_id, o.code) for i, o in zip(intents, told, strict=True)])
    return told


def _lost_is_rejected(wire: Wire, ids: list[str]) -> list[Outcome]:
    told = outcomes_of(wire, ids)
    return [replace(one, kind="rejected") for one in told] if wire.status is None and wire.sent else told


def _garbage_is_success(wire: Wire, ids: list[str]) -> list[Outcome]:
    told = outcomes_of(wire, ids)
    return [replace(one, kind="acknowledged") for one in told] if wire.status == 200 and not told[0].code else told


def _by_position(wire: Wire, ids: list[str]) -> list[Outcome]:
    answer = outcome._parsed(wire) if wire.status else None
    rows = (answer or {}).get("data") or []
    if len(rows) != len(ids) or wire.status is None or wire.status >= 500:
        return outcomes_of(wire, ids)
    return [_judge(answer, row, name) for row, name in zip(rows, ids, strict=True)]


def _missing_is_rejected(answer: Any, row: Any, client_id: str) -> Outcome:
    return Outcome("rejected", client_id) if row is None else _judge(answer, row, client_id)


def _errors_count(read: Callable[..., None], *question: Any) -> None:
    """Take three reads that failed for an order that is not there."""
    try:
        read(*question)
    except ExchangeError:
        journal, asked = question[1], question[-1]
        if isinstance(asked, Entry):
            asked.code = f"{asked.code}x"
            if asked.code.count("x") >= 3:
                journal.note([Ended(asked.intent.name, "no_effect", "three reads failed")])


def _read_nothing(self: Network, method: str, params: Any) -> list[Any]:
    try:
        return _read(self, method, params)
    except ExchangeError:
        return []


def _intend_carelessly(self: Journal, records: Any) -> None:
    self.note(records)


def _forget(self: Journal, records: Any) -> None:
    self._apply(records)


def _start_anew(self: Journal, log_: Any, clock: Any) -> None:
    """Open a journal and take what has no answer for never sent."""
    _journal_init(self, log_, clock)
    for entry in self.blotter.unknown():
        del self.blotter.orders[entry.intent.name], self.blotter._unsettled[entry.intent.name]


_journal_init = Journal.__init__


def _interrupted_is_undone(self: Executor, action: Any, drafts: Any) -> list[Outcome]:
    try:
        return _send(self, action, drafts)
    except KeyboardInterrupt:
        for draft in drafts if action == "place" else ():
            self.blotter.orders.pop(draft.client_id, None)
            self.blotter._unsettled.pop(draft.client_id, None)
        raise


def _count_again(self: Blotter, fill: Any) -> None:
    self.fills.pop((fill.symbol, fill.trade_id), None)
    _filled(self, fill)


def _go_anywhere(self: Blotter, entry: Entry, state: str) -> None:
    entry.state = state
    _move(self, entry, state)


def _cancelled_when_taken(self: Blotter, answer: Answer) -> None:
    change = self.changes.get(answer.name)
    _answer(self, answer)
    entry = self.orders.get(change.client_id) if change else None
    if entry is not None and change.action == "cancel" and answer.outcome == "acknowledged":
        self._move(entry, "canceled")
        self.changes.pop(answer.name, None)


def _full_by_the_old_size(self: Blotter, client_id: str) -> bool:
    return False


def _expire_never(self: Network, permit: Any, expires_ms: int) -> Wire:
    return _network_send(self, permit, expires_ms + 1_000_000)


def _place_another(self: Executor, requests: Any) -> list[Outcome]:
    known = [request for request in requests if request.client_id in self.blotter.orders]
    fresh = [request for request in requests if request.client_id not in self.blotter.orders]
    told = {one.client_id: one for one in _place(self, fresh)} if fresh else {}
    return [told.get(r.client_id) or self.blotter.orders[r.client_id].outcome for r in [*known, *fresh]]


def _unchained(data: bytes, at: int, found: Any, *_: Any) -> str:
    return "" if found is not None else _wrong(data, at, found, 0, b"")


def _with_torn_end(data: bytes, name: str = "") -> Any:
    return _frames(data, name)._replace(length=len(data))


def _same_name(self: Executor, request: Any, key: str) -> Any:
    """Use the id of a dead attempt again."""
    named = request.under(f"o{key.replace(' ', '')}")
    entry = self.blotter.orders.get(named.client_id)
    if entry is not None and entry.state in {"rejected", "not_sent", "no_effect"}:
        del self.blotter.orders[named.client_id]
    return named


def _without_findings(self: Executor, requests: Any) -> list[tuple[str, ...]]:
    return [() for _ in requests]


def _sloppily(self: Executor, action: Any, drafts: Any) -> list[Outcome]:
    """Round the price of what is sent, after it was written down."""
    permit_of = self._venue.prepare
    self._venue.prepare = lambda path, rows: permit_of(path, [_rounded(row) for row in rows])
    try:
        return _send(self, action, drafts)
    finally:
        self._venue.prepare = permit_of


def _rounded(row: dict[str, str]) -> dict[str, str]:
    return row | ({"px": f"{row['px']}.0"} if "px" in row else {})


MUTANTS = [
    Mutant("send again under a random id", [(Executor, "_send", _again(lambda _: f"R{next(_numbers)}"))]),
    Mutant("send again under the same id", [(Executor, "_send", _again(str))]),
    Mutant("send again once it is not found", [(Executor, "settle", _settle_resending)]),
    Mutant("send again after a restart", [(Journal, "__init__", _start_anew)]),
    Mutant("send before the disk has it", [(Journal, "intend", _intend_carelessly)]),
    Mutant("write down after the answer", [(Executor, "_send", _send_then_write)]),
    Mutant("keep no journal of intents", [(Journal, "intend", _forget)]),
    Mutant("no answer means rejected", [(execution, "outcomes_of", _lost_is_rejected)]),
    Mutant("three failed reads mean rejected", [(evidence, "_attempt", _errors_count)]),
    Mutant("a failed read means nothing there", [(Network, "read", _read_nothing)]),
    Mutant("not found means dead before its expiry", [(evidence, "_over", lambda *_: True)]),
    Mutant("no expiry on the wire", [(Network, "send", _expire_never)]),
    Mutant("no margin for what is shown late", [(evidence, "MARGIN_MS", 0)]),
    Mutant("51016 means rejected", [(outcome, "AMBIGUOUS", outcome.AMBIGUOUS - {"51016"})]),
    Mutant("busy means rejected", [(outcome, "AMBIGUOUS", frozenset({"51016"}))]),
    Mutant("a page of a proxy means success", [(execution, "outcomes_of", _garbage_is_success)]),
    Mutant("rows judged by their place", [(execution, "outcomes_of", _by_position)]),
    Mutant("a missing row means rejected", [(outcome, "_judge", _missing_is_rejected)]),
    Mutant(
        "executions counted each time",
        [(Blotter, "_filled", _count_again), (Blotter, "knows", lambda *_: False)],
    ),
    Mutant("a late state reopens what ended", [(Blotter, "_move", _go_anywhere)]),
    Mutant("a cancellation that was taken is done", [(Blotter, "_change_answered", _cancelled_when_taken)]),
    Mutant("an amendment that was taken is done", [(evidence, "_as_amended", lambda *_: True)]),
    Mutant("full by the size before the amendment", [(Blotter, "changing", _full_by_the_old_size)]),
    Mutant(
        "finished orders are not asked for",
        [(evidence, "finished_since", lambda *_: []), (reconcile, "finished_since", lambda *_: [])],
    ),
    Mutant(
        "executions are not asked for",
        [(evidence, "read_fills", lambda *_: None), (reconcile, "_take", lambda *_: 0)],
    ),
    Mutant("two orders of one id go unnoticed", [(evidence, "_doubled", lambda *_: [])]),
    Mutant("another order under a used id", [(Executor, "place", _place_another)]),
    Mutant("a dead order's id is used again", [(Executor, "named", _same_name)]),
    Mutant("another text on the wire than written down", [(Executor, "_send", _sloppily)]),
    Mutant("the guard is not asked", [(Executor, "_permitted", _without_findings)]),
    Mutant("the dead-man switch is not asked", [(DeadMan, "why_not", lambda _: "")]),
    Mutant("it is asked before the wait alone", [(execution, "refuse_unprotected", lambda _: None)]),
    Mutant("an interrupted order was never meant", [
        (Executor, "_send", _interrupted_is_undone), (execution, "uninterrupted", nullcontext),
    ]),
    Mutant("a torn end is left", [(log, "read_frames", _with_torn_end)]),
    Mutant("the chain is not checked", [(framing, "_wrong", _unchained)]),
    Mutant("no throttle", [(Throttle, "wait", lambda *_: Turn())]),
    Mutant(
        "interruptions are not put off",
        [(execution, "uninterrupted", nullcontext)],
        equivalent="an order whose answer was not written down is unknown, as after a crash, and ends by evidence",
    ),
]  # fmt: skip
