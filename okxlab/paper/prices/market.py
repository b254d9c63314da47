"""Every instrument's source of prices, made when it is first asked for."""

from collections.abc import Iterator, Mapping

from okxlab.paper.prices.shelf import Shelf
from okxlab.paper.prices.source import Source
from okxlab.paper.prices.walk import Blocks, ContractWalk, OptionWalk, SpotWalk, Walk
from okxlab.paper.prices.world import World
from okxlab.paper.products.listing import Listing

_DAYS_KEPT = 4000  # of all instruments together, about 30 kB each
_SOURCES: dict[str, type[Walk]] = {
    "SPOT": SpotWalk, "SWAP": ContractWalk, "FUTURES": ContractWalk, "OPTION": OptionWalk
}  # fmt: skip


class Market(Mapping[str, Source]):
    """The sources of what is listed, by instrument id; what has expired is found too.

    Parameters
    ----------
    listing
        What there is.
    world
        Where prices come from.
    """

    def __init__(self, listing: Listing, world: World) -> None:
        self.world = world
        self._listing = listing
        self._made: dict[str, Source] = {}
        self._blocks: Blocks = Shelf(_DAYS_KEPT)

    def __getitem__(self, name: str) -> Source:
        found = self._made.get(name)
        if found is None:
            instrument = self._listing.known(name) if self._listing.was(name) else self._listing[name]
            found = self._made[name] = _SOURCES[instrument.kind](instrument, self.world, self._blocks)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._listing)

    def __len__(self) -> int:
        return len(self._listing)
