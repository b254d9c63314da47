"""What keeps every new order of a strategy back: a halt, silence, or an order that is unknown for long."""

from okxlab.errors import OrderDenied, OrderHeld
from okxlab.trading.blotter import Blotter
from okxlab.trading.deadman import DeadMan

STALE_MS = 60_000  # an order unknown for longer than this freezes its strategy


def refuse_new_risk(blotter: Blotter, dead_man: DeadMan | None, now_ms: int) -> None:
    """Raise OrderDenied while a strategy must place and amend nothing; ``now_ms`` is the exchange's clock."""
    refuse_halted(blotter)
    refuse_unprotected(dead_man)
    for entry in blotter.unknown():
        unknown_ms = now_ms - entry.intent.sent_ms
        if unknown_ms > STALE_MS:
            raise OrderHeld(
                f"Order {entry.intent.client_id} has been unknown for {unknown_ms // 1000} s.",
                "The exchange must tell what became of it before new orders leave.",
            )


def refuse_halted(blotter: Blotter) -> None:
    """Raise OrderDenied while a strategy is halted: a person has to end that."""
    if blotter.halted:
        raise OrderDenied(
            f"New orders are halted: {blotter.halted}", "Look at the account, then end it with ox.resume."
        )


def refuse_unprotected(dead_man: DeadMan | None) -> None:
    """Raise OrderHeld while a strategy has a dead-man switch and the exchange has not heard from it lately."""
    if dead_man is not None and (reason := dead_man.why_not()):
        raise OrderHeld(reason, "New orders leave again once the exchange has answered its next beat.")
