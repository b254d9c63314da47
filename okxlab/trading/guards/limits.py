"""What orders are held to: the limits of an account, and those of some of its strategies.

Amounts of money are in USDT; what is quoted in another currency is reckoned at its last price. What is counted is
counted over everything the limits are for: the journals of all strategies of the account in the workspace, orders by
hand of every kernel among them, or those of the strategies that are named.
"""

from dataclasses import dataclass
from decimal import Decimal

USDT_ALIKE = frozenset({"USDT", "USDC", "USD"})
OLDEST_RULES = 60.0  # seconds; a tick that changes is announced, but a suspended market is not


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for new risk; None is no limit. Cancellations know none.

    Parameters
    ----------
    where
        Where they stand: a file and its table, or that they are built in.
    strategies
        Whose they are: the beginning of the strategies' names; empty for the whole account.
    account
        The limits of the account, where these are of some strategies alone: what is counted must keep to both.
    price_band
        How far beyond the reference price an order may pay (buy above, sell below), as a fraction of it.
    rest_band
        How far from the reference price an order may rest on its own side, as a fraction of it.
    reference_age
        How old the reference price may be, in seconds.
    rules_age
        How old the instrument's rules may be, in seconds; at most 60.
    order, open, position, day
        The most that one order may be worth; that may rest in all instruments, this order and unknown ones included;
        that may be held of one instrument if everything that rests for it fills; that may trade in a UTC day,
        including what still rests.
    fees, market_fee
        The most that may be paid in fees in a UTC day, counting what rests as if it filled, and what a market order is
        reckoned to cost on top of the taker fee, as a fraction.
    loss
        The most that may be lost in a UTC day by what was sold below its cost, fees included.
    orders_per_minute, open_orders
        How many orders may be sent in any minute, and may rest at a time.
    instruments
        What may be traded at all.
    """

    where: str
    price_band: Decimal | None
    rest_band: Decimal | None
    reference_age: float
    rules_age: float
    order: Decimal | None
    open: Decimal | None
    position: Decimal | None
    day: Decimal | None
    fees: Decimal | None
    market_fee: Decimal
    loss: Decimal | None
    orders_per_minute: int | None
    open_orders: int | None
    instruments: frozenset[str] | None
    strategies: str = ""
    account: "Limits | None" = None


_MARKET_FEE = Decimal("0.0002")

WIDE = Limits(
    where="built in for paper", price_band=Decimal("0.5"), rest_band=None, reference_age=60.0, rules_age=OLDEST_RULES,
    order=Decimal(10_000_000), open=None, position=None, day=None, fees=None, market_fee=_MARKET_FEE, loss=None,
    orders_per_minute=None, open_orders=None, instruments=None,
)  # fmt: skip

TIGHT = Limits(
    where="built in", price_band=Decimal("0.01"), rest_band=Decimal("0.5"), reference_age=5.0, rules_age=OLDEST_RULES,
    order=Decimal(500), open=Decimal(2_000), position=Decimal(2_000), day=Decimal(10_000), fees=Decimal(10),
    market_fee=_MARKET_FEE, loss=Decimal(100), orders_per_minute=120, open_orders=100,
    instruments=frozenset({"BTC-USDT", "ETH-USDT", "BTC-USDC", "ETH-USDC"}),
)  # fmt: skip

# what is counted over all orders there are, and not asked of one alone
COUNTED = ("open", "position", "day", "fees", "loss", "orders_per_minute", "open_orders")

BUILT_IN = {"paper": WIDE, "demo": TIGHT, "live": TIGHT}


def among(strategy: str, name: str) -> bool:
    """Tell whether a strategy is meant by a name: its own, or its beginning up to a hyphen; nothing means all.

    >>> among("hand-7-1", "hand"), among("handy", "hand"), among("handy", "")
    (True, False, True)
    """
    return not name or strategy == name or strategy.startswith(f"{name}-")
