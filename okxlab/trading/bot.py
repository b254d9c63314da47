"""The grid bot: launches a ladder or takes up the one its journal tells of, and rotates every order that fills."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress

from okxlab.clock import Clock, SystemClock
from okxlab.errors import ExchangeError, JournalTaken, OrderDenied
from okxlab.exchange import Session
from okxlab.grid import GridSpec, Ladder, opening
from okxlab.model import Fill, Order, OrderRequest
from okxlab.trading.blotter import NEVER_THERE
from okxlab.trading.deadman import Pulse
from okxlab.trading.desk import open_executor
from okxlab.trading.execution import Executor
from okxlab.trading.guard import check_keys
from okxlab.trading.hand import cancel_these, order_error
from okxlab.trading.launch import prepare
from okxlab.trading.lookout import DAY_MS, Lookout
from okxlab.trading.naming import parse, strategy
from okxlab.trading.purchase import buy_units
from okxlab.trading.record import RunRecord, began, current, ended, looked, looked_ms
from okxlab.trading.standing import stand
from okxlab.trading.status import BotStatus, own_fills, own_orders, read_status
from okxlab.trading.venue import SessionVenue

_HISTORY_KEPT_MS = 80 * DAY_MS  # OKX lists finished orders of three months


class GridBot:
    """One grid on one exchange. Made by `start_grid`.

    What must follow is a function of the grid's journal and of what the exchange tells: a bot that is started again
    reads what happened since the last look, and places only what is lacking.
    """

    def __init__(
        self, session: Session, spec: GridSpec, *, losing_steps: str = "refuse", dead_man: int = 0,
        clock: Clock | None = None,
    ) -> None:  # fmt: skip
        check_keys(session)
        spec.require("A bot that places orders")
        self.state, self.error = "starting", ""
        self._session = session
        self._venue = SessionVenue(session)
        self._clock = clock or SystemClock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()  # one of sync, stop and leave at a time, whichever thread asks
        self._executor = _hold(session, spec, self._clock)
        try:
            self._pulse = Pulse(self._executor, dead_man, self._clock)
            self._pulse.beat()  # before anything new leaves
            self._lookout = Lookout(self._venue, self._executor, spec.symbol, self._clock)
            self._record = self._known() or self._new(spec, losing_steps)
            self._orders = {order.interval: order for order in opening(self._record.ladder)}
            buy_units(self._venue, self._executor, self._record, self._clock)
            self._advance()
        except BaseException:
            self._executor.journal.close()
            raise
        self.state = "running"

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

    def sync(self) -> list[Fill]:
        """Read the fills since the last time, rotate each order that filled wholly, and give those fills.

        An order whose answer was lost keeps its interval waiting, and no other: the next calls find out.

        Raises
        ------
        OrderDenied
            When this bot was stopped or has left its ladder, or an order must not leave.
        OrderError, ExchangeError
            When reading or placing failed; the next call goes on from what the journal knows.
        """
        with self._turn:
            self._check_running()
            self._pulse.beat()
            news = self._lookout.look()
            names = [parse(self.run, fill.client_id) for fill in news]
            self._advance([name.interval for name in names if name])
        return news

    def fills(self) -> list[Fill]:
        """Give every fill of this run, the launch purchase included, oldest first."""
        return own_fills(self._session, self._executor.blotter, self._record)

    def status(self) -> BotStatus:
        """Read how the bot stands."""
        return read_status(self._session, self._executor.blotter, self._record, self.state, self.error)

    def stop(self) -> list[Order]:
        """Stop rotating, cancel the ladder, and give the orders cancelled. What was bought stays in the account.

        Raises
        ------
        OrderDenied
            When this bot has left its ladder to the next one.
        ExchangeError, OrderUnknown
            When cancelling failed: the ladder may rest still, and `start_grid` takes it up again.
        """
        self._halt()
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
        self._halt()
        with self._turn:
            if self.state == "running":
                self._pulse.stop()
                self._lookout.remember()
                self._release()
                self.state = "left"

    def watch(self, every: float = 1.0) -> None:
        """Rotate in a background thread, looking for fills every so many seconds, until stopped."""
        self._thread = threading.Thread(target=self._watch, args=(every,), name=f"grid-{self.run}", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"GridBot({self.run}, {self.ladder.spec!r}, {self.state})"

    def _watch(self, every: float) -> None:
        while not self._stopping.wait(every):
            try:
                self.sync()
            except Exception as error:  # noqa: BLE001 - the loop's border: nobody else would see it
                self.state, self.error = "failed", str(error) or type(error).__name__
                self._release()  # the next bot may take the ladder up; a dead-man switch goes on counting
                return

    def _halt(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _release(self) -> None:
        self._executor.journal.close()

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

    def _advance(self, first: Iterable[int] = ()) -> None:
        """Place what the intervals lack; of those named first, it is placed first."""
        while requests := self._lacking(first):
            self._place(requests)
            self._executor.settle(patience_ms=0)

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
    taken up again: nothing is placed twice.

    Parameters
    ----------
    every
        Seconds between looks for fills.
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
        When it cannot or must not start; nothing was sent.
    OrderError
        When an order did not go through: start it again, it goes on from there.
    """
    if dead_man is None:
        dead_man = 60 if session.profile.name == "live" else 0
    bot = GridBot(session, spec, losing_steps=losing_steps, dead_man=dead_man)
    bot.watch(every)
    return bot


def _hold(session: Session, spec: GridSpec, clock: Clock) -> Executor:
    """Take the grid's journal, and with it the right to run the grid."""
    older = session.workspace.state / "grids" / session.profile.name / f"{strategy(spec).removeprefix('grid-')}.json"
    if older.exists():
        raise OrderDenied(
            f"This grid was started by an okxlab that kept no journal of its orders: {older} is what it left.",
            "Cancel its orders with ox.cancel_all(session, symbol), then delete that file.",
        )
    try:
        return open_executor(session, strategy(spec), clock=clock)
    except JournalTaken:
        raise OrderDenied(
            f"A bot already runs this grid on {spec.symbol} in this workspace.",
            "Use that bot; bot.stop() ends its grid, bot.leave() hands it to the next bot.",
        ) from None
