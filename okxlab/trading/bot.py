"""The grid bot: launches a ladder or adopts the one it finds, and rotates every order that fills."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from okxlab.clock import Clock, SystemClock
from okxlab.errors import OrderDenied, OrderRejected
from okxlab.exchange import ORDER_LIFE_MS, Outcome, Session
from okxlab.grid import GridOrder, GridSpec, Ladder, rotate
from okxlab.model import Fill, Order, OrderRequest, plain
from okxlab.trading.blotter import GONE
from okxlab.trading.desk import open_executor
from okxlab.trading.enquiry import fills_since, find_order, newest_bill
from okxlab.trading.guard import check_keys
from okxlab.trading.hand import cancel_these, order_error
from okxlab.trading.launch import prepare
from okxlab.trading.naming import client_id, launch_id, parse
from okxlab.trading.record import RunRecord
from okxlab.trading.slot import Slot
from okxlab.trading.standing import follow, lacking, resting, standing
from okxlab.trading.status import BotStatus, own_fills, own_orders, read_status
from okxlab.trading.venue import SessionVenue

_DAY_MS = 86_400_000
_FILLS_KEPT_MS = 2 * _DAY_MS  # OKX lists fills of three days; one is margin
_HISTORY_KEPT_MS = 80 * _DAY_MS  # and finished orders of three months


class GridBot:
    """One grid on one exchange. Made by `start_grid`.

    The exchange holds the truth: client ids are a function of run, interval, cycle and side, so a bot that is started
    again reads what rests and what filled, and places only what is lacking.
    """

    def __init__(
        self, session: Session, spec: GridSpec, *, losing_steps: str = "refuse", clock: Clock | None = None
    ) -> None:
        check_keys(session)
        spec.require("A bot that places orders")
        self.state, self.error = "starting", ""
        self._session = session
        self._venue = SessionVenue(session)
        self._clock = clock or SystemClock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()  # one of sync, stop and leave at a time, whichever thread asks
        self._resting: dict[int, GridOrder] = {}
        self._cursor, self._read_ms = "", 0
        self._settled_at = 0.0  # monotonic: until then an order of unknown fate may still appear
        self._slot = Slot(session.workspace.state, session.profile.name, spec)
        try:
            self._record = self._known() or self._new(spec, losing_steps)
            self._executor = open_executor(session, self._record.run, clock=self._clock)
        except BaseException:
            self._slot.release()
            raise
        try:
            self._adopt()
        except BaseException:
            self._release()
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

    def sync(self) -> list[Fill]:
        """Read the fills since the last time, rotate each order that filled wholly, and give those fills.

        Raises
        ------
        OrderDenied
            When this bot was stopped or has left its ladder.
        OrderError, ExchangeError
            When reading or placing failed; the next call reads everything anew and places only what is lacking.
        """
        with self._turn:
            self._check_running()
            if self._clock.now_ms() - self._read_ms > _FILLS_KEPT_MS:
                self._adopt()
            news = fills_since(self._venue, self.ladder.spec.symbol, self._cursor)
            followers = self._followers(news)
            seen, self._read_ms = self._clock.now_ms(), 0  # should placing fail, the next sync adopts
            self._place(followers)
            self._cursor, self._read_ms = (news[-1].bill_id if news else self._cursor), seen
        return news

    def fills(self) -> list[Fill]:
        """Give every fill of this run, the launch purchase included, oldest first; the exchange keeps three months."""
        return own_fills(self._session, self._record)

    def status(self) -> BotStatus:
        """Read how the bot stands."""
        return read_status(self._session, self._record, self.state, self.error)

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
                cancelled = cancel_these(self._executor, own_orders(self._session, self._record))
                self._slot.clear(self.run)
            finally:
                self._release()
            self.state = "stopped"
        return cancelled

    def leave(self) -> None:
        """Stop rotating and leave the ladder resting: `start_grid` with the same spec takes it up again."""
        self._halt()
        with self._turn:
            if self.state == "running":
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
                self._release()  # the next bot may take the ladder up
                return

    def _halt(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _release(self) -> None:
        self._executor.journal.close()
        self._slot.release()

    def _check_running(self) -> None:
        if self.state != "running":
            raise OrderDenied(
                f"This bot is {self.state}.", "Call ox.start_grid with the same spec: it takes up what rests."
            )

    def _known(self) -> RunRecord | None:
        """Give the run this workspace remembers, when the exchange knows of it too."""
        record = self._slot.read()
        if record is None:
            return None
        age = self._clock.now_ms() - record.started_ms
        if age > _HISTORY_KEPT_MS:
            raise OrderDenied(
                f"This grid was started {age // _DAY_MS} days ago, longer than OKX keeps what its orders became.",
                "Cancel its orders with ox.cancel_all(session, symbol), then start a grid of another investment.",
            )
        if standing(self._session, record).nothing and age < 2 * ORDER_LIFE_MS:
            self._clock.sleep(2 * ORDER_LIFE_MS / 1000)  # its first order may still be on the way
        return None if standing(self._session, record).nothing else record

    def _new(self, spec: GridSpec, losing_steps: str) -> RunRecord:
        record = prepare(self._session, spec, losing_steps, self._clock)
        self._slot.write(record)
        return record

    def _adopt(self) -> None:
        """Read what stands of the run and place what is lacking; a new run lacks everything."""
        self._read_ms = 0
        self._clock.sleep(max(0.0, self._settled_at - self._clock.monotonic()))
        seen = self._clock.now_ms()
        self._cursor = newest_bill(self._venue, self.ladder.spec.symbol)
        found = standing(self._session, self._record)
        self._executor.learn(found.orders)
        if self.ladder.launch_units and not self._record.launched:
            self._launch(found.launch)
        self._resting = resting(found)
        self._place(lacking(self._session, self.ladder, found))
        self._read_ms = seen

    def _launch(self, order: Order | None) -> None:
        """Buy the launch units, unless the exchange knows that order already, and remember that they were bought."""
        size = self.ladder.size * self.ladder.launch_units
        name = self._executor.blotter.unused(partial(launch_id, self.run), GONE) if order is None else order.client_id
        request = OrderRequest(self.ladder.spec.symbol, "buy", size, client_id=name)
        if order is None:
            (outcome,) = self._send([request])
            if outcome.kind != "acknowledged":
                raise order_error(request, outcome)
            order = find_order(self._venue, request.symbol, client_id=request.client_id)
        if order is None or order.state != "filled":
            state = order.state if order else "unknown"
            raise OrderRejected(
                f"The launch purchase of {plain(size)} {self.ladder.instrument.base} ended {state}.",
                "Look at ox.fills(session), then start the grid again.",
                client_id=request.client_id,
            )
        self._record = replace(self._record, launched=True)
        self._slot.write(self._record)

    def _followers(self, news: Sequence[Fill]) -> list[GridOrder]:
        """Give what follows the resting orders that these fills completed, in the order of their filling."""
        followers: dict[int, GridOrder] = {}
        for fill in news:
            name = parse(self.run, fill.client_id)
            order = self._resting.get(name.interval) if name else None
            if name is None or order is None or order.cycle != name.cycle or order.interval in followers:
                continue
            if fill.maker and fill.size == order.size:
                followers[order.interval] = rotate(self.ladder, order)
            elif self._whole(fill):
                followers[order.interval] = follow(self._session, self.ladder, order, fill.order_id)
        return list(followers.values())

    def _whole(self, fill: Fill) -> bool:
        order = find_order(self._venue, fill.symbol, order_id=fill.order_id)
        return order is not None and order.state == "filled"

    def _place(self, orders: Sequence[GridOrder]) -> None:
        """Place orders of the ladder; those acknowledged count as resting whatever becomes of the others."""
        symbol, unused = self.ladder.spec.symbol, self._executor.blotter.unused
        requests = [
            OrderRequest(symbol, order.side, order.size, order.price, unused(partial(client_id, self.run, order), GONE))
            for order in orders
        ]
        outcomes = self._send(requests)
        if any(outcome.kind == "unknown" for outcome in outcomes):
            self._settled_at = self._clock.monotonic() + 2 * ORDER_LIFE_MS / 1000
        self._resting |= {
            order.interval: order
            for order, outcome in zip(orders, outcomes, strict=True)
            if outcome.kind == "acknowledged"
        }
        for request, outcome in zip(requests, outcomes, strict=True):
            if outcome.kind != "acknowledged":
                raise order_error(request, outcome)

    def _send(self, requests: Sequence[OrderRequest]) -> list[Outcome]:
        outcomes = self._executor.place(requests)
        if any(outcome.kind == "unknown" for outcome in outcomes):
            self._executor.settle()
            outcomes = [
                self._executor.outcome(outcome.client_id) if outcome.kind == "unknown" else outcome
                for outcome in outcomes
            ]
        return outcomes


def start_grid(session: Session, spec: GridSpec, *, every: float = 1.0, losing_steps: str = "refuse") -> GridBot:
    """Place a grid and keep it rotating in the background of this kernel.

    A grid of the same spec that was left resting in this workspace, by `GridBot.leave` or by the end of its kernel, is
    taken up again: nothing is placed twice.

    Parameters
    ----------
    every
        Seconds between looks for fills.
    losing_steps
        ``"accept"`` starts a grid whose steps are narrower than the fees; it is refused otherwise.

    Raises
    ------
    SpecError, OrderDenied
        When it cannot or must not start; nothing was sent.
    OrderError
        When an order did not go through: start it again, it adopts what it finds.
    """
    bot = GridBot(session, spec, losing_steps=losing_steps)
    bot.watch(every)
    return bot
