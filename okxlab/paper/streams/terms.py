"""What a connection is held to: OKX's figures, which tests may shorten."""

from dataclasses import dataclass

KILO = 1 << 10


@dataclass(frozen=True)
class Terms:
    """Times are seconds of the machine, sizes bytes.

    Parameters
    ----------
    idle
        After so long without a word to it, a connection is closed; an answer to a ping is a word.
    beat
        How often channels are looked at: no two pushes of a book or a ticker come closer.
    candle
        No two pushes of a running candle come closer.
    soon
        How long best prices and balances wait for what else changes.
    keep_alive
        After so long without a change, an empty update of a book says that it is still kept.
    repeat
        How often account and positions are told though nothing happened.
    operations
        Subscriptions, unsubscriptions and logins an hour.
    opened
        New connections a second from one address.
    channels
        What one connection may subscribe.
    sharing
        Connections of one account on one private channel.
    waiting
        What may wait for a reader that does not read; a connection with more is closed.
    largest
        The largest request.
    linger
        How long a connection that was closed may take to go.
    """

    idle: float = 30.0
    beat: float = 0.1
    candle: float = 1.0
    soon: float = 0.01
    keep_alive: float = 60.0
    repeat: float = 5.0
    operations: int = 480
    opened: int = 3
    channels: int = 4096
    sharing: int = 30
    waiting: int = 8 * KILO * KILO
    largest: int = 64 * KILO
    linger: float = 2.0


FREE = Terms(operations=1 << 30, opened=1 << 20, sharing=1 << 20)
"""Without OKX's limits; time and memory are still kept."""
