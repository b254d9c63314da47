"""What must hold before an order may leave this machine: limits, the kill switch, and a person's leave for live."""

from okxlab.trading.guards.case import Case, Verdict, notional
from okxlab.trading.guards.exposure import Exposure, Resting
from okxlab.trading.guards.guard import Flags, Guard, Leave, Market, NoFlags, NoLeaveNeeded
from okxlab.trading.guards.limits import TIGHT, WIDE, Limits
from okxlab.trading.guards.limits_file import LIMITS_FILE, LimitsFile
from okxlab.trading.guards.rounding import Rounded, rounded

__all__ = [
    "LIMITS_FILE",
    "TIGHT",
    "WIDE",
    "Case",
    "Exposure",
    "Flags",
    "Guard",
    "Leave",
    "Limits",
    "LimitsFile",
    "Market",
    "NoFlags",
    "NoLeaveNeeded",
    "Resting",
    "Rounded",
    "Verdict",
    "notional",
    "rounded",
]
