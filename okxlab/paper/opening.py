"""From options to a venue that is ready to trade."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from okxlab.clock import Clock
from okxlab.errors import PaperError
from okxlab.paper.accounts.keys import ApiKey, Keys, new_key
from okxlab.paper.archive.archive import Archive
from okxlab.paper.archive.past import Past, keep, market_of, read_past, restore, write_past
from okxlab.paper.changes import Changes
from okxlab.paper.exact import read
from okxlab.paper.faults.clock import SkewedClock
from okxlab.paper.following import PREFIX, read_snapshot
from okxlab.paper.matching.living import Living
from okxlab.paper.options import PaperOptions
from okxlab.paper.prices.feed import Feed
from okxlab.paper.prices.market import Market
from okxlab.paper.prices.source import Source
from okxlab.paper.prices.world import MINUTE, World
from okxlab.paper.products.listing import Listing, full_listing
from okxlab.paper.recorded import FILE, TAPE, funded_in, recorded
from okxlab.paper.venue import Venue

FASTEST = 100_000  # more than a day of market a second
PARTS = {"touch": 1, "book": 60}  # micro steps from one point of the path to the next
STEPPED_EPOCH = 1_706_659_200_000  # 2024-01-31T00:00Z


@dataclass(frozen=True)
class Exchange:
    """A venue with its memory and its keys: everything but the wire."""

    venue: Venue
    archive: Archive
    keys: Keys
    first_key: ApiKey
    token: str
    clock: SkewedClock

    def close(self) -> None:
        """Let files go."""
        self.archive.close()


def open_exchange(options: PaperOptions, clock: Clock) -> Exchange:
    """Give an exchange that is ready to trade, as its database left it if it has one.

    Raises
    ------
    PaperError
        An option cannot be used, the price file cannot be traded over, or the database cannot be used.
    """
    _check(options)
    archive = Archive(options.data)
    try:
        return _opened(options, SkewedClock(clock), archive)
    except BaseException:
        archive.close()
        raise


def open_venue(options: PaperOptions, clock: Clock) -> Venue:
    """Give a fresh venue whose main account holds what the options say.

    Raises
    ------
    PaperError
        An option cannot be used, or the price file cannot be traded over.
    """
    _check(options)
    venue = _venue(options, clock, Past())
    fund(venue, options)
    return venue


def fund(venue: Venue, options: PaperOptions) -> None:
    """Give the main account what the options say."""
    funds = read(options.quote)
    if funds is None:
        raise PaperError(f"The starting balance {options.quote!r} is not a number.", "Give --quote like 100000.")
    venue.accounts.deposit(venue.accounts.main, funded_in(venue.listing, options), funds)


def _opened(options: PaperOptions, clock: SkewedClock, archive: Archive) -> Exchange:
    with archive.reading():
        past = read_past(archive, market_of(options))
    venue = _venue(options, clock, past)
    keys = Keys()
    archive.follow(venue.ledger)
    if past.epoch is None:
        fund(venue, options)
    else:
        with archive.reading():
            restore(venue, keys, archive)
    first = keys.get(past.first_key) or new_key(venue.accounts.main.uid, created=clock.now_ms())
    keep(venue, keys, archive)
    keys.add(first)
    archive.save(venue.changes)
    venue.changes = Changes()
    write_past(archive, market_of(options), venue, first)  # last: from here on the database is whole
    return Exchange(venue, archive, keys, first, secrets.token_hex(16), clock)


def _venue(options: PaperOptions, clock: Clock, past: Past) -> Venue:
    if options.prices.startswith(PREFIX):
        venue = _followed(options, clock)
    elif (market := recorded(options)) is None:
        venue = _walking(options, clock, past)
    else:
        venue = Venue(*_market(options, market.listing, market.sources, (past.position, past.part)), clock)
        venue.replay = market.books
    if options.fills == "book":
        venue.model = Living(venue, venue.feed, venue.listing, options.seed)
    return venue


def _walking(options: PaperOptions, clock: Clock, past: Past) -> Venue:
    now = clock.now_ms()
    epoch = past.epoch or (STEPPED_EPOCH if options.stepped else now // MINUTE * MINUTE)
    world = World(options.seed, epoch)
    listing = full_listing(epoch, world.index)
    listing.roll(epoch + past.position * MINUTE // 4)  # to where the earlier process stood
    by_clock = 0 if options.stepped else (now - epoch) * 4 // MINUTE
    place = max((past.position, past.part), (by_clock, 0))
    return Venue(*_market(options, listing, Market(listing, world), place), clock)


def _followed(options: PaperOptions, clock: Clock) -> Venue:
    if options.data:
        raise PaperError("Live prices keep nothing: they never go on where they were.", "Leave --data out.")
    listing, sources = read_snapshot(Path(options.prices.removeprefix(PREFIX)))
    stands = min(4 * len(source) - 1 for source in sources.values())
    return Venue(*_market(options, listing, sources, (stands, 0)), clock)


def _market(
    options: PaperOptions, listing: Listing, sources: Mapping[str, Source], place: tuple[int, int]
) -> tuple[Listing, Feed]:
    feed = Feed(sources, place[0], PARTS[options.fills], instruments=listing, seed=options.seed)
    feed.part = place[1] if place[1] < feed.parts else 0  # the fill model may have been changed since
    if feed.left is not None and feed.left < 0:
        raise PaperError(
            "The recorded prices end before the place where the exchange's database stands.",
            "Give the longer recording, another --data, or run okxlab paper reset.",
        )
    return listing, feed


def _check(options: PaperOptions) -> None:
    kind, _, path = options.prices.partition(":")
    if options.prices != "walk" and f"{kind}:" not in (FILE, TAPE, PREFIX):
        raise PaperError(
            f"There are no prices {options.prices!r}.", "Give --prices walk, live, file:PATH or tape:PATH."
        )
    if options.prices != "walk" and not path.strip():
        raise PaperError(
            f"The prices '{kind}:' name no file.", f"Give --prices {kind}:PATH, of candles, or of recorded messages."
        )
    if options.fills not in PARTS:
        raise PaperError(f"There is no fill model {options.fills!r}.", "Give --fills touch or --fills book.")
    if options.seed < 0:
        raise PaperError(f"The seed {options.seed} is negative.", "Give --seed 0 or more.")
    if not 0 < options.speed <= FASTEST:
        raise PaperError(
            f"The speed {options.speed:g} is not above 0 and up to {FASTEST:,}.",
            f"Give --speed like 1 or 60, at most {FASTEST}; to go faster, start with --stepped and step.",
        )
    if not 0 <= options.port <= 65_535:
        raise PaperError(f"The port {options.port} is not one.", "Give --port 0 to 65535.")
