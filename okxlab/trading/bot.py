"""The grid bot: launches a ladder or takes up the one its journal tells of, and rotates every order that fills."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from okxlab.clock import Clock, SystemClock
from okxlab.errors import ExchangeError, OrderDenied, OrderHeld
from okxlab.exchange import Session
from okxlab.grid import GridSpec, Ladder, opening
from okxlab.model import Fill, Order, OrderRequest, reckoned
from okxlab.trading.background import Background
from okxlab.trading.blotter import NEVER_THERE
from okxlab.trading.deadman import Pulse
from okxlab.trading.guard import check_keys
from okxlab.trading.hand import cancel_these, order_error
from okxlab.trading.launch import hold, prepare
from okxlab.trading.lookout import DAY_MS, Lookout
from okxlab.trading.naming import parse
from okxlab.trading.purchase import buy_units, lacking_units
from okxlab.trading.record import RunRecord, began, current, ended, looked, looked_ms
from okxlab.trading.standing import stand
from okxlab.trading.status import BotStatus, own_fills, own_orders, read_status
from okxlab.trading.venue import SessionVenue

_HISTORY_KEPT_MS = 80 * DAY_MS  # OKX lists finished orders of three months


class GridBot:
    """One grid on one exchange. Made by `start_grid`.

    What must follow is a function of the grid's journal and of what the exchange tells: a bot that is started again
    reads what happened since the last look, and places only what is lacking.

    ``state`` is running, left, stopped or failed. While it runs in the background, ``error`` says what troubles it,
    ``since`` when (UTC); both are empty again once that has passed. ``error`` of one that failed says why.
    """

    @reckoned
    def __init__(
        self, session: Session, spec: GridSpec, *, losing_steps: str = "refuse", dead_man: int = 0,
        clock: Clock | None = None,
    ) -> None:  # fmt: skip
        check_keys(session)
        spec.require("A bot that places orders")
        self.state = "starting"
        self._session = session
        self._venue = SessionVenue(session)
        self._clock = clock or SystemClock()
        self._turn = threading.Lock()  # one of sync, stop and leave at a time, whichever thread asks
        self._executor = hold(session, spec, self._clock)
        try:
            self._executor.check_leave()
            self._pulse = Pulse(self._executor, dead_man, self._clock)
            self._pulse.beat()  # before anything new leaves
            self._lookout = Lookout(self._venue, self._executor, spec.symbol, self._clock)
            self._record = self._known() or self._new(spec, losing_steps)
            self._orders = {order.interval: order for order in opening(self._record.ladder)}
            self._begin()
            buy_units(self._venue, self._executor, self._record, self._clock)
            self._advance()
        except BaseException:
            self._release()
            raise
        self._background = Background(self._look, self._failed, self._clock, name=f"grid-{self.run}")
        self.state = "running"

    @property
    def error(self) -> str:
        """What troubles it, or why it failed; empty while all is well."""
        return self._background.error

    @property
    def since(self) -> datetime | None:
        """Since when (UTC) that is so."""
        return self._background.since

    @property
    def run(self) -> str:
        """The run's id: the beginning of its orders' client ids."""
        return self._record.run

    @property
    def ladder(self) -> Ladder:
        """What was decided at launch."""
        return self._record.ladder

    @property
    def dead_man(self) -> str:
        """How its dead-man switch stands: ``off``, ``protected``, ``unprotected`` or ``fired``."""
        return self._pulse.state

    @reckoned
    def sync(self) -> list[Fill]:
        """Read the fills since the last time, rotate each order that filled wholly, and give those fills.

        An order whose answer was lost keeps its interval waiting, and no other: the next calls find out.

        Raises
        ------
        OrderDenied
            When this bot was stopped or has left its ladder, the kill switch is pressed, its strategy is halted, or an
            order must not leave.
        OrderError, ExchangeError
            When reading or placing failed; the next call goes on from what the journal knows.
        """
        with self._turn:
            self._check_running()
            self._pulse.beat()
            news = self._lookout.look()
            self._executor.check_leave()  # who may place nothing must not seem to rotate
            names = [parse(self.run, fill.client_id) for fill in news]
            self._advance([name.interval for name in names if name])
        return news

    def fills(self) -> list[Fill]:
        """Give every fill of this run, the launch purchase included, oldest first."""
        return own_fills(self._session, self._executor.blotter, self._record)

    @reckoned
    def status(self) -> BotStatus:
        """Read how the bot stands."""
        told = read_status(self._session, self._executor.blotter, self._record, self.state)
        return replace(told, error=self.error, since=self.since)

    @reckoned
    def stop(self) -> list[Order]:
        """Stop rotating, cancel the ladder, and give the orders cancelled. What was bought stays in the account.

        Raises
        ------
        OrderDenied
            When this bot has left its ladder to the next one.
        ExchangeError, OrderUnknown
            When cancelling failed: the ladder may rest still, and `start_grid` takes it up again.
        """
        self._background.stop()
        with self._turn:
            if self.state == "stopped":
                return []
            self._check_running()
            self.state = "left"
            try:
                self._executor.settle()  # what is on its way would arrive behind the cancellation
                cancelled = cancel_these(self._executor, own_orders(self._session, self._record))
                self._pulse.stop()
                self._executor.journal.note([ended(self._record)], durable=True)
                with suppress(ExchangeError):  # the next start reads what this one could not
                    self._lookout.look(audit=True)
            finally:
                self._release()
            self.state = "stopped"
        return cancelled

    def leave(self) -> None:
        """Stop rotating and leave the ladder resting: `start_grid` with the same spec takes it up again."""
        self._background.stop()
        with self._turn:
            if self.state == "running":
                self._pulse.stop()
                self._lookout.remember()
                self._release()
                self.state = "left"

    def watch(self, every: float = 1.0) -> None:
        """Rotate in a background thread, looking for fills every so many seconds, until stopped.

        What passes by itself does not end it, such as an exchange that does not answer: ``error`` says what it is, and
        it tries again after growing pauses of at most half a minute. What filled meanwhile is rotated then. It fails
        where waiting does not help: a halt, the kill switch, a refused key, a damaged journal.
        """
        self._background.start(every, longest=self._pulse.every)

    def __repr__(self) -> str:
        return f"GridBot({self.run}, {self.ladder.spec!r}, {self.state})"

    def _look(self) -> str:
        self.sync()
        return self._pulse.error

    def _failed(self) -> None:
        self.state = "failed"
        self._release()  # the next bot may take the ladder up; a dead-man switch goes on counting

    def _release(self) -> None:
        self._executor.close()

    def _check_running(self) -> None:
        if self.state != "running":
            raise OrderDenied(
                f"This bot is {self.state}.", "Call ox.start_grid with the same spec: it takes up what rests."
            )

    def _known(self) -> RunRecord | None:
        """Give the run that the journal tells of, with everything read since the last look, if anything came of it."""
        blotter = self._executor.blotter
        record = current(blotter)
        if record is None:
            return None
        away = self._clock.now_ms() - looked_ms(blotter)
        if away > _HISTORY_KEPT_MS:
            raise OrderDenied(
                f"This grid was last looked after {away // DAY_MS} days ago, longer than OKX keeps what its orders "
                "became.",
                "Cancel its orders with ox.cancel_all(session, symbol), then start a grid of another investment.",
            )
        self._lookout.look()
        self._executor.settle()
        there = any(
            name.startswith(record.run) and entry.state not in NEVER_THERE for name, entry in blotter.orders.items()
        )
        return record if there or record.launched else None

    def _new(self, spec: GridSpec, losing_steps: str) -> RunRecord:
        record = prepare(self._session, spec, losing_steps, self._clock)
        self._executor.journal.intend([began(record), looked(self._venue.now_ms())])
        return record

    def _begin(self) -> None:
        """Check all that is lacking as one before any of it leaves: a grid must not be refused half-way."""
        units = lacking_units(self._executor.blotter, self._record)
        lacking = [*([units] if units else []), *self._lacking(())]
        made = self.ladder
        self._executor.begin(self.run, lacking, made.spec.investment, made.instrument.quote)

    def _advance(self, first: Iterable[int] = ()) -> None:
        """Place what the intervals lack; of those named first, it is placed first."""
        while requests := self._lacking(first):
            try:
                self._place(requests)
            except OrderHeld:
                self._place_each(requests)
            self._executor.settle(patience_ms=0)

    def _place_each(self, requests: Sequence[OrderRequest]) -> None:
        """Place those that may leave; what is held back keeps its own interval waiting, and no other."""
        held: OrderHeld | None = None
        for request in requests:
            try:
                self._place([request])
            except OrderHeld as error:
                held = held or error
        if held:
            raise held

    def _lacking(self, first: Iterable[int]) -> list[OrderRequest]:
        requests = []
        for interval in dict.fromkeys([*first, *self._orders]):
            place = stand(self.run, self.ladder, self._executor.blotter, self._orders[interval])
            self._orders[interval] = place.order
            requests += [place.lacking] if place.lacking else []
        return requests

    def _place(self, requests: Sequence[OrderRequest]) -> None:
        """Place orders of the ladder; what is unknown afterwards keeps its own interval waiting, and no other."""
        outcomes = self._executor.place(requests)
        for request, outcome in zip(requests, outcomes, strict=True):
            held_back = request.client_id not in self._executor.blotter.orders  # behind one that is unknown
            if outcome.kind in {"rejected", "not_sent"} and not held_back:
                raise order_error(request, outcome)


def start_grid(
    session: Session, spec: GridSpec, *, every: float = 1.0, losing_steps: str = "refuse", dead_man: int | None = None
) -> GridBot:
    """Place a grid and keep it rotating in the background of this kernel.

    A grid of the same spec that was left resting in this workspace, by `GridBot.leave` or by the end of its kernel, is
    taken up again: nothing is placed twice. Trouble that passes by itself is waited out, see `GridBot.watch`.

    Parameters
    ----------
    every
        Seconds between looks for fills, so a fill is followed within as much. Fills are asked for and not listened
        for: that misses nothing after a break, and one answer tells all there is.
    losing_steps
        ``"accept"`` starts a grid whose steps are narrower than the fees; it is refused otherwise.
    dead_man
        Seconds, 10 to 120, after which the exchange cancels the ladder when it hears nothing more from this bot; what
        was bought stays. 0 leaves the ladder resting whatever happens. Left out, it is 60 on live and 0 elsewhere. A
        bot that wakes up after it fired reads what was cancelled and places it again.

    Raises
    ------
    InputError
        For a time that OKX does not take.
    SpecError, OrderDenied
        When it cannot or must not start; nothing was sent. On live a person has to arm it first, also to take a ladder
        up, with a cap of no less than the investment: see `arm`.
    OrderError
        When an order did not go through: start it again, it goes on from there.
    """
    if dead_man is None:
        dead_man = 60 if session.profile.name == "live" else 0
    bot = GridBot(session, spec, losing_steps=losing_steps, dead_man=dead_man)
    bot.watch(every)
    return bot
