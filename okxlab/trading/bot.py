"""The grid bot: launches a ladder or adopts the one it finds, and rotates every order that fills."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from okxlab.clock import Clock, SystemClock
from okxlab.errors import OrderRejected
from okxlab.exchange import ORDER_LIFE_MS, Session
from okxlab.grid import GridOrder, GridSpec, Ladder, rotate
from okxlab.market import last_price
from okxlab.model import Fill, Order, OrderRequest, plain
from okxlab.trading.execution import cancel_these, order_error, place_all
from okxlab.trading.guard import check_order, check_session
from okxlab.trading.launch import prepare
from okxlab.trading.naming import client_id, launch_id, parse
from okxlab.trading.orders import fills_since, find_order, newest_bill, pending
from okxlab.trading.record import RunRecord, Slot
from okxlab.trading.standing import follow, lacking, resting, standing
from okxlab.trading.tally import tally


@dataclass(frozen=True, slots=True)
class BotStatus:
    """How a bot stands: ``state`` is running, left, stopped or failed; ``error`` says why it failed.

    ``grid_profit`` and ``fees`` are in quote currency, exact; the launch purchase counts in ``fees``, not in ``buys``.
    """

    run: str
    symbol: str
    state: str
    price: Decimal
    resting_buys: int
    resting_sells: int
    buys: int
    sells: int
    grid_profit: Decimal
    fees: Decimal
    error: str = ""


class GridBot:
    """One grid on one exchange. Made by `start_grid`.

    The exchange holds the truth: client ids are a function of run, interval, cycle and side, so a bot that is started
    again reads what rests and what filled, and places only what is lacking.
    """

    def __init__(
        self, session: Session, spec: GridSpec, *, losing_steps: str = "refuse", clock: Clock | None = None
    ) -> None:
        check_session(session)
        self.state, self.error = "starting", ""
        self._session = session
        self._clock = clock or SystemClock()
        self._slot = Slot(session.workspace.state, session.profile.name, spec)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()  # one sync at a time, whichever thread asks
        self._resting: dict[int, GridOrder] = {}
        self._cursor = ""
        try:
            self._record = self._known() or self._new(spec, losing_steps)
            self._adopt()
        except BaseException:
            self._slot.release()
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
        """Read the fills since the last time, rotate each order that filled wholly, and give those fills."""
        with self._turn:
            news = fills_since(self._session, self.ladder.spec.symbol, self._cursor)
            self._place(self._followers(news))
            if news:
                self._cursor = news[-1].bill_id
        return news

    def fills(self) -> list[Fill]:
        """Give every fill of this run, the launch purchase included, oldest first."""
        rows = fills_since(self._session, self.ladder.spec.symbol)
        return [fill for fill in rows if fill.client_id.startswith(self.run)]

    def status(self) -> BotStatus:
        """Read how the bot stands."""
        figures = tally(self.run, self.ladder, self.fills())
        sides = [order.side for order in self._own_orders()]
        return BotStatus(
            run=self.run,
            symbol=self.ladder.spec.symbol,
            state=self.state,
            price=Decimal(last_price(self._session, self.ladder.spec.symbol)),
            resting_buys=sides.count("buy"),
            resting_sells=sides.count("sell"),
            buys=figures.buys,
            sells=figures.sells,
            grid_profit=figures.grid_profit,
            fees=figures.fees,
            error=self.error,
        )

    def stop(self) -> list[Order]:
        """Stop rotating, cancel the ladder, and give the orders cancelled. What was bought stays in the account."""
        self._halt()
        cancelled = cancel_these(self._session, self._own_orders())
        self._slot.clear()
        self._slot.release()
        self.state = "stopped"
        return cancelled

    def leave(self) -> None:
        """Stop rotating and leave the ladder resting: `start_grid` with the same spec takes it up again."""
        self._halt()
        self._slot.release()
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
                return

    def _halt(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _known(self) -> RunRecord | None:
        """Give the run this workspace remembers, when the exchange knows of it too."""
        record = self._slot.read()
        if record is None:
            return None
        young = self._slot.age_ms(self._clock) < 2 * ORDER_LIFE_MS
        if standing(self._session, record).nothing and young:
            self._clock.sleep(2 * ORDER_LIFE_MS / 1000)  # its first order may still be on the way
        return None if standing(self._session, record).nothing else record

    def _new(self, spec: GridSpec, losing_steps: str) -> RunRecord:
        record = prepare(self._session, spec, losing_steps)
        self._slot.write(record)
        return record

    def _adopt(self) -> None:
        """Read what stands of the run and place what is lacking; a new run lacks everything."""
        self._cursor = newest_bill(self._session, self.ladder.spec.symbol)
        found = standing(self._session, self._record)
        if found.launch is None and self.ladder.launch_units:
            self._buy_launch_units()
        self._resting = resting(found)
        self._place(lacking(self._session, self.ladder, found))

    def _buy_launch_units(self) -> None:
        size = self.ladder.size * self.ladder.launch_units
        request = OrderRequest(self.ladder.spec.symbol, "buy", size, client_id=launch_id(self.run))
        self._send([request])
        order = find_order(self._session, request.symbol, client_id=request.client_id)
        if order is None or order.state != "filled":
            state = order.state if order else "unknown"
            raise OrderRejected(
                f"The launch purchase of {plain(size)} {self.ladder.instrument.base} ended {state}.",
                "Stop this grid and look at ox.fills(session).",
                client_id=request.client_id,
            )

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
        order = find_order(self._session, fill.symbol, order_id=fill.order_id)
        return order is not None and order.state == "filled"

    def _place(self, orders: Sequence[GridOrder]) -> None:
        requests = [
            OrderRequest(self.ladder.spec.symbol, order.side, order.size, order.price, client_id(self.run, order))
            for order in orders
        ]
        self._send(requests)
        self._resting |= {order.interval: order for order in orders}

    def _send(self, requests: Sequence[OrderRequest]) -> None:
        for request in requests:
            check_order(request, self.ladder.instrument)
        outcomes = place_all(self._session, requests, clock=self._clock)
        for request, outcome in zip(requests, outcomes, strict=True):
            if outcome.kind != "acknowledged":
                raise order_error(request, outcome)

    def _own_orders(self) -> list[Order]:
        rows = pending(self._session, self.ladder.spec.symbol)
        return [order for order in rows if parse(self.run, order.client_id)]


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
