"""The only place that sends an order.

An order is checked, written to the journal, sent once and judged by the exchange's answer. Nothing is ever sent again
on a guess: where the answer was lost the order is unknown, counts as live, and ends by evidence alone.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial
from itertools import count
from threading import RLock

from okxlab.clock import Clock
from okxlab.errors import ExchangeError, OrderDenied
from okxlab.exchange import ORDER_LIFE_MS, Outcome, Wire, outcomes_of
from okxlab.model import ACTIVE, Fill, Order, OrderRequest
from okxlab.trading.blotter import NEVER_THERE, Blotter, Entry
from okxlab.trading.deadman import WOUND, DeadMan
from okxlab.trading.draft import Draft
from okxlab.trading.evidence import MARGIN_MS, settle
from okxlab.trading.guard import Guard
from okxlab.trading.interrupt import uninterrupted
from okxlab.trading.journal import Journal
from okxlab.trading.naming import intent_id
from okxlab.trading.reconcile import Reconciled, learn, reconcile
from okxlab.trading.records import Action, Answer, Difference, Fact, Halt, Intent
from okxlab.trading.standstill import refuse_halted, refuse_new_risk, refuse_unprotected
from okxlab.trading.turns import alone
from okxlab.trading.venue import Venue
from okxlab.trading.wording import OrderName, amended, amending, placing, refuse_another

BATCH = 20
GRANTED = "a person's leave covers the run"
PATIENCE_MS = ORDER_LIFE_MS + MARGIN_MS + 2_000

_ROUTES: dict[Action, str] = {
    "place": "trade/batch-orders",
    "amend": "trade/amend-batch-orders",
    "cancel": "trade/cancel-batch-orders",
}
_PAUSES = (0.2, 0.5, 1.0)


class Executor:
    """Sends the orders of one strategy; threads that place or amend wait for one another, cancelling waits for nobody.

    Parameters
    ----------
    tag
        What the strategy's orders carry, at most 16 letters and digits.
    """

    def __init__(self, venue: Venue, journal: Journal, guard: Guard, clock: Clock, *, tag: str) -> None:
        self.journal = journal
        self.tag = tag
        self.turn = RLock()
        self.dead_man: DeadMan | None = None
        self._numbers = count(journal.length)  # a record is written for each, so the next life begins beyond them
        self._venue = venue
        self._guard = guard
        self._clock = clock

    @property
    def blotter(self) -> Blotter:
        """What is known of the strategy's orders."""
        return self.journal.blotter

    @alone
    def begin(self, run: str, requests: Sequence[OrderRequest], worth: Decimal, currency: str) -> None:
        """Check all that a run begins with before any of it leaves, and let a person's leave cover the whole run.

        Client ids of its orders begin with ``run``; ``worth`` is what it puts to work: so much of the leave it takes.

        Raises
        ------
        OrderDenied
            When one of them must not leave, or the leave does not cover the run.
        """
        leave = self._guard.grant(run, worth, currency)
        try:
            if requests:
                self._permitted(requests)
        except BaseException:
            self._guard.end_grant(unused=True)
            raise
        if leave:
            self.journal.note([Fact(GRANTED, leave)], durable=True)

    @alone
    def place(self, requests: Sequence[OrderRequest]) -> list[Outcome]:
        """Place orders, each once, and give their outcomes in order.

        A request that was placed before, by its client id, is not placed again: it gets the outcome it had. Sending
        stops after a batch that did not wholly arrive; what follows it is ``not_sent``.

        Raises
        ------
        OrderDenied
            When one must not leave, or has the client id of another order; nothing was sent.
        JournalError
            When it could not be written down first; it was not sent.
        """
        rows = {request.client_id: placing(request, self.tag) for request in requests}
        if len(rows) != len(requests):
            raise OrderDenied("Two of these orders have one client id.", "Give each its own.")
        known = {name: entry for name in rows if (entry := self.blotter.orders.get(name))}
        for name, entry in known.items():
            refuse_another(entry, rows[name])
        fresh = [request for request in requests if request.client_id not in known]
        findings = self._permitted(fresh) if fresh else []
        drafts = [
            Draft(r.symbol, r.client_id, "", rows[r.client_id], found, r)
            for r, found in zip(fresh, findings, strict=True)
        ]
        outcomes = {name: entry.outcome for name, entry in known.items()} | self._batches("place", drafts)
        return [outcomes[request.client_id] for request in requests]

    def cancel(self, orders: Sequence[OrderName]) -> list[Outcome]:
        """Cancel orders, ours or not, and give the outcomes in order; acknowledged is not yet cancelled: `settle`.

        Neither a halt nor the guard stops a cancellation, nor a journal that takes no more.
        """
        drafts = [Draft(order.symbol, self._client_id(order), order.order_id, order.row) for order in orders]
        batches = [drafts[start : start + BATCH] for start in range(0, len(drafts), BATCH)]
        return [outcome for batch in batches for outcome in self._send("cancel", batch)]

    @alone
    def amend(self, order: OrderName, *, size: Decimal | None = None, price: Decimal | None = None) -> Outcome:
        """Change the size or the price of an order of ours that can still fill; its outcome is known after `settle`.

        Raises
        ------
        OrderDenied
            When nothing is changed, the order is not ours or over, an earlier change of it is still open, or it must
            not leave.
        """
        entry = self._changeable(order)
        row = amending(entry, f"r{self.journal.length}", size, price)
        changed = amended(entry, size, price)
        (findings,) = self._permitted([changed])
        draft = Draft(entry.intent.symbol, entry.intent.client_id, entry.order_id, row, findings, changed)
        (outcome,) = self._send("amend", [draft])
        return outcome

    def settle(self, patience_ms: int = PATIENCE_MS) -> list[Entry]:
        """Read until no outcome is unknown, at most so long, and give the orders that still are."""
        until = self._clock.monotonic() + patience_ms / 1000
        pauses = iter(_PAUSES)
        while True:
            settle(self._venue, self.journal)
            self._guard.settled(self.blotter)
            if not self.blotter.unknown() and not self.blotter.changes:
                return []
            if self._clock.monotonic() >= until:
                return self.blotter.unknown()
            self._clock.sleep(next(pauses, 1.0))

    def learn(self, orders: Iterable[Order], fills: Iterable[Fill] = ()) -> None:
        """Write down how the exchange shows orders of ours, and their executions, where that is news."""
        learn(self.journal, orders, fills)

    def reconcile(self) -> Reconciled:
        """Bring the journal up to what the exchange shows.

        Raises
        ------
        ExchangeError
            When a read failed.
        """
        found = reconcile(self._venue, self.journal, tag=self.tag)
        self._guard.settled(self.blotter)
        return found

    def outcome(self, client_id: str) -> Outcome:
        """Give what is known now of an order that was placed here."""
        return self.blotter.orders[client_id].outcome

    def named(self, request: OrderRequest, key: str) -> OrderRequest:
        """Give a request the client id that belongs to what is meant by ``key``, the same in every process.

        What was refused or never reached the exchange is another attempt, under another id.
        """
        return request.under(self.blotter.unused(partial(intent_id, self.tag, key), NEVER_THERE))

    def wind_up(self, seconds: int) -> DeadMan:
        """Have the exchange cancel what carries the tag when it does not hear from us for so many seconds.

        Somebody must call its ``beat`` from now on: new orders leave only while the exchange has answered lately.
        """
        self.journal.note([Fact(WOUND, str(seconds))])
        self.dead_man = DeadMan(self._venue, self._clock, tag=self.tag, seconds=seconds, fired=self._after_firing)
        return self.dead_man

    def halt(self, reason: str) -> None:
        """Refuse new risk from now on, also after a restart; an empty reason ends it. Cancellations still go."""
        self.journal.note([Halt(reason)], durable=True)

    def check_leave(self) -> None:
        """Look whether anything new may leave at all.

        Raises
        ------
        OrderDenied
            When the strategy is halted, the kill switch is pressed, or a person's leave is needed and there is none.
        JournalError
            When the journal takes no more.
        """
        self.journal.check()
        refuse_halted(self.blotter)
        self._guard.recheck()

    def close(self) -> None:
        """Let somebody else trade under this name."""
        self._guard.end_grant()
        self.journal.close()

    def _changeable(self, order: OrderName) -> Entry:
        entry = self.blotter.orders.get(self._client_id(order))
        if entry is None or entry.state not in ACTIVE:
            state = "not one of this journal" if entry is None else entry.state
            raise OrderDenied(f"Order {order.order_id or order.client_id} is {state}.", "See ox.open_orders(session).")
        if self.blotter.changing(entry.intent.client_id):
            raise OrderDenied(f"An earlier change of {entry.order_id} is still open.", "Let it come to its end first.")
        return entry

    def _after_firing(self) -> None:
        self.journal.note([Difference("The dead-man switch fired: the exchange cancels what rests.")])
        self.reconcile()

    def _permitted(self, requests: Sequence[OrderRequest]) -> list[tuple[str, ...]]:
        self.journal.check()  # what cannot be written down need not be weighed
        refuse_new_risk(self.blotter, self.dead_man, self._venue.now_ms())
        return self._guard.check(requests, self.blotter)

    def _batches(self, action: Action, drafts: Sequence[Draft]) -> dict[str, Outcome]:
        outcomes, left = dict[str, Outcome](), dict[str, Outcome]()
        try:
            for start in range(0, len(drafts), BATCH):
                batch = drafts[start : start + BATCH]
                try:
                    sent = self._send(action, batch)
                except OrderDenied:  # what was sent before it has outcomes
                    if start == 0:
                        raise
                    break
                outcomes |= {draft.client_id: outcome for draft, outcome in zip(batch, sent, strict=True)}
                if any(outcome.kind != "acknowledged" for outcome in sent):
                    break
        finally:
            # what was not written down has not left: it counts against no leave
            names = [draft.client_id for draft in drafts if draft.client_id not in self.blotter.orders]
            left |= {name: Outcome("not_sent", name, message="an order before it failed") for name in names}
            self._guard.saw(left.values())
        return outcomes | left

    def _send(self, action: Action, drafts: Sequence[Draft]) -> list[Outcome]:
        """Write down and send one request, once. Nothing interrupts between the two."""
        # the wait for a limit comes first: an order's life begins when it is written down
        permit = self._venue.prepare(_ROUTES[action], [draft.row for draft in drafts])
        with uninterrupted():
            intents = self._written(action, drafts)
            names = [draft.row.get("clOrdId") or draft.row["ordId"] for draft in drafts]
            outcomes = self._carry(action, names, lambda: self._venue.send(permit, intents[0].expires_ms))
            self.journal.note(
                [Answer(i.name, o.kind, o.order_id, o.code, o.message) for i, o in zip(intents, outcomes, strict=True)]
            )
        if action != "cancel" and (reason := self._guard.saw(outcomes)):
            self.halt(reason)
        return outcomes

    def _intents(self, action: Action, drafts: Sequence[Draft]) -> list[Intent]:
        now = self._venue.now_ms()
        expires = 0 if action == "cancel" else now + ORDER_LIFE_MS
        names = [draft.client_id if action == "place" else f"{action}{next(self._numbers)}" for draft in drafts]
        return [draft.intent(name, action, now, expires) for name, draft in zip(names, drafts, strict=True)]

    def _written(self, action: Action, drafts: Sequence[Draft]) -> list[Intent]:
        if action == "cancel":
            intents = self._intents(action, drafts)
            self.journal.note(intents, durable=True)
            return intents
        with self._guard.turn([draft.request for draft in drafts if draft.request], self.blotter):
            intents = self._intents(action, drafts)
            self.journal.intend(intents)
        return intents

    def _carry(self, action: Action, names: list[str], send: Callable[[], Wire]) -> list[Outcome]:
        try:
            if action != "cancel":
                self._guard.recheck()
                refuse_halted(self.blotter)
                refuse_unprotected(self.dead_man)  # the machine may have slept since the check
            return outcomes_of(send(), names)
        except (OrderDenied, ExchangeError) as stopped:  # the transport raises only while no byte has left
            return [Outcome("not_sent", name, message=str(stopped)) for name in names]

    def _client_id(self, order: OrderName) -> str:
        entry = self.blotter.named(order.order_id) if order.order_id else None
        return entry.intent.client_id if entry else order.client_id
