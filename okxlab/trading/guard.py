"""What must hold before anything signed may be asked of the exchange, and who says whether an order may leave."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Protocol

from okxlab.errors import CredentialsError
from okxlab.exchange import Outcome, Session
from okxlab.model import OrderRequest
from okxlab.trading.blotter import Blotter


class Guard(Protocol):
    """Whoever says whether an order may leave."""

    def check(self, requests: Sequence[OrderRequest], blotter: Blotter) -> list[tuple[str, ...]]:
        """Give the findings for each request, all of them passed.

        Raises
        ------
        OrderDenied
            When one did not.
        """

    def turn(self, requests: Sequence[OrderRequest], blotter: Blotter) -> AbstractContextManager[None]:
        """Let orders that were checked be written down within the block; no other strategy writes any meanwhile.

        Raises
        ------
        OrderDenied
            When one must not leave any more, for what others have placed since.
        JournalError
            When it cannot be told whose turn it is.
        """

    def recheck(self) -> None:
        """Look once more, right before new risk leaves.

        Raises
        ------
        OrderDenied
            When it must not.
        """

    def saw(self, outcomes: Collection[Outcome]) -> str:
        """Learn what became of orders; give why the strategy must halt, empty while it need not."""

    def settled(self, blotter: Blotter) -> None:
        """Learn what the blotter tells by now of orders that were unknown."""

    def grant(self, run: str, worth: Decimal, currency: str) -> str:
        """Let a person's leave cover a whole run, whose client ids begin so; give by whose, empty if none is needed.

        Raises
        ------
        OrderDenied
            When there is no leave, or not for so much.
        """

    def end_grant(self, *, unused: bool = False) -> None:
        """End that; ``unused`` gives back what it took of the leave."""


def check_keys(session: Session) -> None:
    """Refuse to trade without a key.

    Raises
    ------
    CredentialsError
        When the session reads public data alone.
    """
    if not session.profile.keys:
        raise CredentialsError(
            f"Orders need a key, and there is no {session.profile.name} key.",
            'Set the three OKX_… variables, or rehearse on the paper exchange: ox.connect("paper").',
        )
