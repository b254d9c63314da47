"""What must hold before anything signed may be asked of the exchange."""

from okxlab.errors import CredentialsError
from okxlab.exchange import Session


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
