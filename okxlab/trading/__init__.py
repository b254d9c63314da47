"""The account, orders, and the grid bot. Only `execution` sends orders."""

from okxlab.trading.account import FeeRates, balances, fee_rates
from okxlab.trading.bot import BotStatus, GridBot, start_grid
from okxlab.trading.execution import cancel, cancel_all, place
from okxlab.trading.launch import plan
from okxlab.trading.orders import fills, open_orders
from okxlab.trading.parity import compare, different_fills
from okxlab.trading.replay import Replay, replay

__all__ = [
    "BotStatus",
    "FeeRates",
    "GridBot",
    "Replay",
    "balances",
    "cancel",
    "cancel_all",
    "compare",
    "different_fills",
    "fee_rates",
    "fills",
    "open_orders",
    "place",
    "plan",
    "replay",
    "start_grid",
]
