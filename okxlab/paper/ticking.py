"""Feed time by the machine's clock: the path's points come when they are due."""

import asyncio

from okxlab.paper.venue import Venue

_LONGEST_NAP = 0.5  # seconds; the machine may have slept


async def tick(venue: Venue, speed: float) -> None:
    """Move a venue's feed as time passes, ``speed`` times as fast, until a tape is done.

    Due points are moved over one by one, so that nothing resting is passed by.
    """
    feed, clock = venue.feed, venue.clock
    start, began = _offset(venue), clock.monotonic()
    while not feed.done:
        now = start + (clock.monotonic() - began) * 1000 * speed
        while not feed.done and feed.time(feed.position + 1) <= now:
            venue.step(1)
        if not feed.done:
            wait = (feed.time(feed.position + 1) - now) / 1000 / speed
            await asyncio.sleep(min(max(wait, 0.001), _LONGEST_NAP))


def _offset(venue: Venue) -> int:
    """Give feed time at the start: a walk stands in the machine's minute, a tape at its first open."""
    now, feed = venue.clock.now_ms(), venue.feed
    return now if feed.time(feed.position) <= now < feed.time(feed.position + 1) else feed.time(feed.position)
