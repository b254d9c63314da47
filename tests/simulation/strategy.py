"""A strategy that knows nothing but its plan and the journal: after each restart it asks for everything again."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

from okxlab.errors import ExchangeError, OrderDenied
from okxlab.model import ACTIVE, OrderRequest
from okxlab.trading.deadman import Pulse
from okxlab.trading.execution import PATIENCE_MS, Executor
from okxlab.trading.wording import OrderName
from tests.simulation.stream import Stream

_ATTEMPTS, _RUSH = 3, 55


@dataclass(frozen=True)
class Wish:
    """One thing of the plan: orders to be placed together, and in which rounds they are cancelled and amended.

    ``key`` names what is meant by an order whose id depends on what became of the attempts before it. What filled is
    sold again where the order ``rotates``.
    """

    requests: tuple[OrderRequest, ...]
    key: str = ""
    cancel: int = 99
    amend: int = 99
    rotates: bool = False


def draw_plan(chance: Random, *, rush: bool) -> list[Wish]:
    """Draw what a strategy wants."""
    if rush:  # as many single orders as no two seconds may see
        many = (OrderRequest("BTC-USDT", "buy", Decimal(1), None, f"w{number}n0") for number in range(_RUSH))
        return [Wish((request,)) for request in many]
    plan = []
    for number in range(chance.choice((1, 2, 2, 3, 4))):
        symbol = "BTC-USDT" if chance.random() < 0.75 else "ETH-USDT"
        names = [f"w{number}n{place}" for place in range(1 if chance.random() < 0.6 else chance.randint(2, 5))]
        requests = tuple(_request(chance, symbol, name) for name in names)
        keyed = len(requests) == 1 and chance.random() < 0.3
        plan.append(
            Wish(
                requests,
                f"wish {number}" if keyed else "",
                cancel=chance.randint(1, 5) if chance.random() < 0.5 else 99,
                amend=chance.randint(0, 4) if chance.random() < 0.4 else 99,
                rotates=not keyed and chance.random() < 0.5,
            )
        )
    return plan


def _request(chance: Random, symbol: str, name: str) -> OrderRequest:
    price = None if chance.random() < 0.3 else Decimal(chance.randint(90, 110))
    count = Decimal(chance.randint(1, 6)) / (1 if chance.random() < 0.7 else 8)
    side = "buy" if chance.random() < 0.7 else "sell"
    return OrderRequest(symbol, side, count, price, name, post_only=price is not None and chance.random() < 0.3)


@dataclass
class Strategy:
    """Carries a plan out, as far as one process comes."""

    plan: list[Wish]
    executor: Executor
    pulse: Pulse
    stream: Stream | None = None
    placed: set[int] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is open but orders that rest, and nobody is about to cancel them."""
        blotter = self.executor.blotter
        told = all(entry.told == entry.filled for entry in blotter.unsettled())
        safe = self.pulse.state in {"off", "protected"}
        return told and safe and not blotter.unknown() and not blotter.changes

    def act(self, turn: int, chance: Random) -> None:
        """Do what is to be done in one round."""
        self.beat()
        for number, wish in enumerate(self.plan):
            if number not in self.placed:
                self._place(number, wish)
            if turn >= wish.amend:
                self._amend(wish)
            if turn >= wish.cancel:
                self._cancel(wish)
        self._rotate()
        if chance.random() < 0.1:
            self._mean_another(chance)
        if chance.random() < 0.35:
            self.look()
        self.executor.settle(chance.choice((0, 1_000, PATIENCE_MS)))

    def beat(self) -> None:
        """Tell the exchange that somebody is here, and hear what it tells."""
        with suppress(ExchangeError):
            self.pulse.beat()
        if self.stream is not None:
            self.executor.learn(*self.stream.come())

    def look(self) -> None:
        """Bring the journal up to what the exchange shows, as far as it answers."""
        with suppress(ExchangeError):
            self.executor.reconcile()

    def _place(self, number: int, wish: Wish) -> None:
        requests = wish.requests
        if wish.key:
            requests = (self.executor.named(requests[0], wish.key),)
            if (
                sum(entry.intent.client_id.startswith("o") for entry in self.executor.blotter.orders.values())
                > _ATTEMPTS
            ):
                return
        with suppress(OrderDenied, ExchangeError):
            outcomes = self.executor.place(requests)
            if not wish.key or outcomes[0].kind == "acknowledged":
                self.placed.add(number)

    def _cancel(self, wish: Wish) -> None:
        names = []
        for request in wish.requests:
            entry = self.executor.blotter.orders.get(request.client_id)
            if entry is not None and entry.active and request.client_id not in self.changed:
                names.append(OrderName(request.symbol, entry.order_id, request.client_id))
                self.changed.add(request.client_id)
        if names:
            with suppress(ExchangeError):
                self.executor.cancel(names)

    def _amend(self, wish: Wish) -> None:
        for request in wish.requests:
            entry = self.executor.blotter.orders.get(request.client_id)
            once = f"amend {request.client_id}"
            if entry is None or once in self.changed or entry.state not in ACTIVE or request.price is None:
                continue
            self.changed.add(once)
            with suppress(OrderDenied, ExchangeError):
                name = OrderName(request.symbol, entry.order_id, request.client_id)
                self.executor.amend(name, size=entry.size + 1, price=request.price + 1)

    def _rotate(self) -> None:
        """Sell what a buy brought, once."""
        for wish in self.plan:
            for request in wish.requests if wish.rotates else ():
                entry = self.executor.blotter.orders.get(request.client_id)
                back = f"{request.client_id}s"
                if entry is None or entry.state != "filled" or back in self.changed:
                    continue
                side = "sell" if request.side == "buy" else "buy"
                with suppress(OrderDenied, ExchangeError):
                    self.executor.place([OrderRequest(request.symbol, side, entry.filled, Decimal(105), back)])
                    self.changed.add(back)

    def _mean_another(self, chance: Random) -> None:
        """Ask for another order under a client id that was used: it must not leave."""
        request = chance.choice(chance.choice(self.plan).requests)
        if request.client_id in self.executor.blotter.orders:
            with suppress(OrderDenied, ExchangeError):
                self.executor.place([replace(request, size=request.size + 7)])
                self.broken.append(f"I11 another order under {request.client_id} was not refused")
