"""The account, orders, and the grid bot. Only `execution` sends orders."""

from okxlab.trading.account import FeeRates, balances, fee_rates
from okxlab.trading.audit import audit
from okxlab.trading.bot import GridBot, start_grid
from okxlab.trading.guards import Armed, KillReport, arm, armed, disarm, lift_kill
from okxlab.trading.hand import cancel, cancel_all, place, resume
from okxlab.trading.journal.export import export_journal, journal
from okxlab.trading.kill import kill, kill_from_outside, stop_from_outside
from okxlab.trading.launch import check_ladder_fits, plan
from okxlab.trading.orders import fills, open_orders
from okxlab.trading.parity import compare, different_fills
from okxlab.trading.replay import Replay, replay
from okxlab.trading.status import BotStatus

__all__ = [
    "Armed",
    "BotStatus",
    "FeeRates",
    "GridBot",
    "KillReport",
    "Replay",
    "arm",
    "armed",
    "audit",
    "balances",
    "cancel",
    "cancel_all",
    "check_ladder_fits",
    "compare",
    "different_fills",
    "disarm",
    "export_journal",
    "fee_rates",
    "fills",
    "journal",
    "kill",
    "kill_from_outside",
    "lift_kill",
    "open_orders",
    "place",
    "plan",
    "replay",
    "resume",
    "start_grid",
    "stop_from_outside",
]
