"""Which orders a venue lets in, whatever they cost."""

from okxlab.paper.accounts.account import Account
from okxlab.paper.codes import Refusal
from okxlab.paper.orders.ask import Ask

MOST_PER_INSTRUMENT, MOST_OPEN = 500, 4000
_CLOSED = {"preopen": "51021", "test": "51021", "settling": "51029", "delivering": "51028", "expired": "51027"}
_SUSPENDED = "51022"


def admit(account: Account, ask: Ask) -> None:
    """Refuse an order that its instrument does not take now, that has an id in use, or is one too many."""
    if ask.instrument.state != "live":
        check_state(ask)
    if ask.client_id and ask.client_id in account.named:
        raise Refusal("51016")
    if len(account.open) >= MOST_OPEN:
        raise Refusal("51025")
    if account.resting.get(ask.instrument.name, 0) >= MOST_PER_INSTRUMENT:
        raise Refusal("51174")


def check_state(ask: Ask) -> None:
    """Let post_only in where only that is taken, and nothing where trade stands."""
    state = ask.instrument.state
    if state != "live" and (state != "post_only" or ask.kind != "post_only"):
        raise Refusal(_CLOSED.get(state, _SUSPENDED))
