"""How much leverage an account has set, for what."""

from okxlab.paper.accounts.account import Account
from okxlab.paper.products.instrument import Instrument

USUAL = 3


def leverage_name(instrument: Instrument, mode: str) -> str:
    """Give what a setting is kept under: dated futures share that of their family in cross mode."""
    if instrument.kind == "FUTURES" and mode == "cross" and instrument.contract is not None:
        return instrument.contract.family
    return instrument.name


def highest(instrument: Instrument) -> int:
    """Give the highest leverage there is."""
    return instrument.contract.leverage if instrument.contract else int(instrument.lever or 1)


def leverage(account: Account, instrument: Instrument, mode: str, side: str) -> int:
    """Give the leverage of new orders; in cross mode both sides share it. It is 3 until it is set, 1 for options."""
    if instrument.kind == "OPTION":
        return 1
    side = side if mode == "isolated" else "net"
    usual = min(USUAL, highest(instrument))
    return account.leverage.get((leverage_name(instrument, mode), mode, side), usual)
