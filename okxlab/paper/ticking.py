"""What the machine's clock brings: the path's places when they are due, and the ends of countdowns."""

import asyncio

from okxlab.paper.venue import Venue

_LONGEST_NAP = 0.5  # seconds; the machine may have slept
_SHORTEST_NAP = 0.001
_GLANCE = 0.1
_AT_ONCE = 64  # places between two looks at the wire, about a millisecond's work


async def tick(venue: Venue, speed: float) -> None:
    """Move a venue's feed as time passes, ``speed`` times as fast, until a tape is done.

    Due places are moved over one by one, so that nothing resting is passed by. A machine too slow for the speed falls
    behind; it answers requests all the same.
    """
    feed, clock = venue.feed, venue.clock
    start, began = _offset(venue), clock.monotonic()
    while not feed.done:
        now = start + (clock.monotonic() - began) * 1000 * speed
        _move(venue, now)
        if not feed.done:
            wait = (feed.next_time() - now) / 1000 / speed
            await asyncio.sleep(min(max(wait, _SHORTEST_NAP), _LONGEST_NAP) if wait > 0 else 0)


async def watch(venue: Venue) -> None:
    """Look every tenth of a second at what protocol time brings, until canceled."""
    while True:
        await asyncio.sleep(_GLANCE)
        venue.due(venue.clock.now_ms())
        venue.settle()


def _move(venue: Venue, now: float) -> None:
    """Move over the places that are due, a few at a time, and by whole points where nothing rests."""
    feed = venue.feed
    for _ in range(_AT_ONCE):
        if feed.done or feed.next_time() > now:
            return
        venue.inch(int(feed.time(feed.position + 1) <= now and venue.quiet_ahead()))
        venue.settle()


def _offset(venue: Venue) -> int:
    """Give feed time at the start: a walk stands in the machine's minute, a tape at its first open."""
    now, feed = venue.clock.now_ms(), venue.feed
    return now if feed.time(feed.position) <= now < feed.time(feed.position + 1) else feed.time(feed.position)
