"""Which kind of product is settled how."""

from okxlab.paper.accounts.cash import Cash
from okxlab.paper.accounts.margin import Clearing, Margin
from okxlab.paper.accounts.settlement import Settlement


def settlements(desk: Clearing) -> dict[str, Settlement]:
    """Give how each instType is settled."""
    margin: Settlement = Margin(desk)
    return {"SPOT": Cash(desk.ledger, desk.standings), "SWAP": margin, "FUTURES": margin, "OPTION": margin}
