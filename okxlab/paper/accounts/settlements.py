"""Which kind of product is settled how."""

from okxlab.paper.accounts.cash import Cash
from okxlab.paper.accounts.clockwork import Clockwork
from okxlab.paper.accounts.desk import Desk
from okxlab.paper.accounts.margin import Margin
from okxlab.paper.accounts.settlement import Settlement


def settlements(desk: Desk) -> tuple[dict[str, Settlement], Clockwork]:
    """Give how each instType is settled, and what happens to contracts at its time."""
    margin = Margin(desk)
    cash = Cash(desk.ledger, desk.standings)
    return {"SPOT": cash, "SWAP": margin, "FUTURES": margin, "OPTION": margin}, Clockwork(desk, margin)
