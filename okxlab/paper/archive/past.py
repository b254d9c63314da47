"""What an earlier process left in the database: read at the start, and carried on."""

from dataclasses import dataclass
from decimal import Decimal

import orjson

from okxlab.errors import PaperError
from okxlab.paper.accounts.keys import ApiKey, Keys
from okxlab.paper.accounts.record import read_account, read_key, read_position, write_account, write_key
from okxlab.paper.archive.archive import Archive
from okxlab.paper.archive.schema import AGED
from okxlab.paper.changes import Changes
from okxlab.paper.floor import FIRST_ID
from okxlab.paper.options import PaperOptions
from okxlab.paper.orders import countdown
from okxlab.paper.orders.algo import CANCELED, read_algo
from okxlab.paper.orders.grid import STOPPED, read_grid
from okxlab.paper.orders.record import read_order
from okxlab.paper.venue import Venue

THREE_MONTHS = 90 * 24 * 3_600_000
_STILL_OPEN = dict.fromkeys(("orders", "algos"), " AND state NOT IN ('live', 'partially_filled')") | {
    "grids": " AND state = 'stopped'"
}
_BY_SYSTEM = "0"  # OKX's cancelSource


@dataclass(frozen=True)
class Past:
    """Where the market of an earlier process stood; without one, ``epoch`` is None and the feed at its first open.

    ``epoch`` is the opening time of candle 0 (ms UTC), ``first_key`` the key the start line told.
    """

    epoch: int | None = None
    position: int = 0
    part: int = 0
    first_key: str = ""


def market_of(options: PaperOptions) -> str:
    """Name the market that options ask for: the orders in a database belong to one."""
    what = f"--seed {options.seed}" if options.prices == "walk" else f"--symbol {options.symbol}"
    return f"--prices {options.prices} {what}" + (" --stepped" if options.stepped else "")


def read_past(archive: Archive, market: str) -> Past:
    """Give what the database says of the market.

    Raises
    ------
    PaperError
        The database is of another market.
    """
    known = archive.noted("market")
    if not known:
        return Past()
    if known != market:
        raise PaperError(
            f"The exchange's database is of another market ({known}, not {market}).",
            "Start with its market, give another --data, or run okxlab paper reset.",
        )
    epoch, position, part = (int(archive.noted(name, "0")) for name in ("epoch", "position", "part"))
    return Past(epoch, position, part, archive.noted("first_key"))


def write_past(archive: Archive, market: str, venue: Venue, first_key: ApiKey) -> None:
    """Note what the next process must know of this one's start, and forget what is older than three months."""
    archive.base.execute("BEGIN")
    values: dict[str, str | int] = {
        "market": market, "epoch": venue.feed.candle_time(0), "position": venue.feed.position, "part": venue.feed.part,
        "first_key": first_key.key, "next_order": venue.next_order, "next_bill": venue.next_bill,
    }  # fmt: skip
    for name, value in values.items():
        archive.note(name, value)
    oldest = venue.clock.now_ms() - THREE_MONTHS
    for table, column in AGED.items():
        still_open = _STILL_OPEN.get(table, "")
        archive.base.execute(f"DELETE FROM {table} WHERE {column} < ?{still_open}", (oldest,))  # noqa: S608 - names of our own
    archive.base.execute("COMMIT")


def keep(venue: Venue, keys: Keys, archive: Archive) -> None:
    """Save what changes from now on: the first of the venue's sinks."""
    venue.sinks.insert(0, archive.save)
    keys.on_added.append(lambda key: archive.put("keys", key.key, orjson.dumps(write_key(key))))
    keys.on_removed.append(lambda key: archive.base.execute("DELETE FROM keys WHERE key = ?", (key.key,)))
    if archive.path:
        archive.savers.append(lambda changes: _save_position(venue, archive, changes))
        for account in (venue.accounts.main, *venue.accounts.subs()):
            archive.put("accounts", account.uid, orjson.dumps(write_account(account)))


def restore(venue: Venue, keys: Keys, archive: Archive) -> None:
    """Bring back accounts, keys, balances, positions and what rests; ids go on, and nothing is told to anybody.

    While the process was away nothing happened: what rests is met by the path from here on, and no funding was paid.
    Only contracts that have expired meanwhile end, with their orders and positions.
    """
    for record in archive.rows("SELECT record FROM accounts ORDER BY uid"):
        venue.accounts.restore(read_account(record))
    for record in archive.rows("SELECT record FROM grids WHERE state != ? ORDER BY id", (STOPPED,)):
        owner, instrument = venue.accounts[record["uid"]], venue.listing.known(record["instrument"])
        venue.grids.add(read_grid(record, owner, instrument))
    found = [read_key(record) for record in archive.rows("SELECT record FROM keys ORDER BY key")]
    for key in sorted(found, key=lambda key: key.created):
        keys.add(key)
    for owner, currency, amount in archive.base.execute("SELECT owner, ccy, amount FROM balances"):
        venue.ledger.restore(owner, currency, Decimal(amount))
    _restore_numbers(venue, archive)
    for record in archive.rows("SELECT record FROM positions ORDER BY id"):
        account = venue.accounts[record["account"]]
        instrument = venue.listing.known(record["instrument"])
        if (
            instrument.contract is None and not instrument.lever
        ):  # gone for so long that its terms are not known any more
            continue
        position = read_position(record, account, instrument)
        account.positions[position.key] = position
        venue.ledger.hold(account.uid, position.currency, position.margin)
    _restore_orders(venue, archive)
    venue.clockwork.wake()
    _restore_algos(venue, archive)
    for uid, tag, moment in orjson.loads(archive.noted(countdown.NAME, "[]")):  # they ran on meanwhile
        venue.countdowns.set(venue.accounts[uid], tag, moment)


def _restore_numbers(venue: Venue, archive: Archive) -> None:
    (order,) = archive.base.execute("SELECT max(id) FROM orders").fetchone()
    parts = ["SELECT max(bill) AS n FROM fills"]
    parts += [f"SELECT max(id) FROM {table}" for table in ("bills", "positions", "transfers", "asset_bills")]  # noqa: S608 - names of our own
    (bill,) = archive.base.execute(f"SELECT max(n) FROM ({' UNION '.join(parts)})").fetchone()  # noqa: S608 - same
    venue.next_order = max(int(archive.noted("next_order")), (order or FIRST_ID - 1) + 1)
    venue.next_bill = max(int(archive.noted("next_bill")), (bill or FIRST_ID - 1) + 1)
    for fill in archive.rows("SELECT record FROM fills ORDER BY bill DESC LIMIT 1"):
        venue.go_on_after(fill[0])


def _restore_orders(venue: Venue, archive: Archive) -> None:
    query = "SELECT record FROM orders WHERE state IN ('live', 'partially_filled') ORDER BY id"
    gone = []
    orders = [read_order(row, venue.accounts, venue.listing.known(row[2])) for row in archive.rows(query)]
    for order in sorted(orders, key=lambda order: order.rank):
        venue.next_order = max(venue.next_order, order.rank + 1)
        if order.instrument.name in venue.listing:
            venue.model.restore(order)
            venue.rest(order)
        else:
            gone.append(order)
    venue.changes = Changes()
    venue.grids.sort_out(venue.open)
    for order in gone:  # what it traded is not listed any more
        venue.end(order, _BY_SYSTEM)


def _restore_algos(venue: Venue, archive: Archive) -> None:
    for (newest,) in archive.base.execute("SELECT max(id) FROM algos UNION SELECT max(id) FROM grids"):
        venue.next_order = max(venue.next_order, (newest or 0) + 1)
    for record in list(archive.rows("SELECT record FROM algos WHERE state = 'live' ORDER BY id")):
        account, name = venue.accounts[record["uid"]], record["instrument"]
        algo = read_algo(record, account, venue.listing.known(name))
        if name in venue.listing:
            venue.algos.wait(algo)
        else:
            algo.state = CANCELED  # what it traded is not listed any more
            venue.algos.save(algo)


def _save_position(venue: Venue, archive: Archive, changes: Changes) -> None:
    if changes.moved:
        archive.note("position", venue.feed.position)
        archive.note("part", venue.feed.part)
