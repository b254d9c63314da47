"""Which kind of product is settled how."""

from okxlab.paper.accounts.cash import Cash
from okxlab.paper.accounts.margin import Margin
from okxlab.paper.accounts.settlement import Settlement


def settlements(cash: Cash, margin: Margin) -> dict[str, Settlement]:
    """Give how each instType is settled."""
    return {"SPOT": cash, "SWAP": margin, "FUTURES": margin, "OPTION": margin, "MARGIN": margin}
