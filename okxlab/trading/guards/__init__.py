"""What must hold before an order may leave this machine: limits, the kill switch, and a person's leave for live."""

from okxlab.trading.guards.arming import Armed, PersonsLeave, arm, armed, disarm
from okxlab.trading.guards.breaker import BROKE
from okxlab.trading.guards.case import Case, Verdict, notional
from okxlab.trading.guards.exposure import Exposure, Resting
from okxlab.trading.guards.guard import Flags, Guard, Leave, Market, NoFlags, NoLeaveNeeded
from okxlab.trading.guards.kill import KillReport, kill_switch, lift_kill, press, switch_of
from okxlab.trading.guards.limits import TIGHT, WIDE, Limits
from okxlab.trading.guards.limits_file import LIMITS_FILE, LimitsFile
from okxlab.trading.guards.neighbours import Beside, Neighbour, Neighbours
from okxlab.trading.guards.order_guard import OrderGuard, open_guard
from okxlab.trading.guards.person import ask_person
from okxlab.trading.guards.rounding import Rounded, rounded
from okxlab.trading.guards.session_market import rules_now

__all__ = [
    "BROKE",
    "LIMITS_FILE",
    "TIGHT",
    "WIDE",
    "Armed",
    "Beside",
    "Case",
    "Exposure",
    "Flags",
    "Guard",
    "KillReport",
    "Leave",
    "Limits",
    "LimitsFile",
    "Market",
    "Neighbour",
    "Neighbours",
    "NoFlags",
    "NoLeaveNeeded",
    "OrderGuard",
    "PersonsLeave",
    "Resting",
    "Rounded",
    "Verdict",
    "arm",
    "armed",
    "ask_person",
    "disarm",
    "kill_switch",
    "lift_kill",
    "notional",
    "open_guard",
    "press",
    "rounded",
    "rules_now",
    "switch_of",
]
