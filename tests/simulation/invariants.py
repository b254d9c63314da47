"""What must hold, held against the exchange's truth and the journal's bytes alone."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from random import Random

import orjson

from okxlab.exchange import Permit
from okxlab.trading.blotter import FINAL, NEVER_THERE, Blotter
from okxlab.trading.journal.frame import read_frames
from okxlab.trading.journal.header import OPENED
from okxlab.trading.records import Answer, Ended, Filled, Intent, Record, decode
from tests.simulation.storage import File
from tests.simulation.timeline import Timeline
from tests.simulation.venue import Venue, size

_NAMES = {"name", "side", "size", "price", "state", "rules", "instruments", "band", "order", "open", "position", "day"}
_SINGLE, _MANY = 48, 240  # four fifths of what OKX allows in two seconds, of one row and of several


class Door:
    """Sees every state-changing request as its first byte leaves."""

    def __init__(self, file: File, timeline: Timeline, venue: Venue) -> None:
        self._file = file
        self._timeline = timeline
        self._venue = venue
        self.guarded = ""  # the tag of a process that has a dead-man switch
        self.rows: dict[str, dict[str, str]] = {}
        self.left: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        self.times: list[int] = []
        self.broken: list[str] = []

    @property
    def number(self) -> int:
        """How many have left."""
        return len(self.times)

    def __call__(self, permit: Permit) -> None:
        body = orjson.loads(permit.body)
        rows = body if isinstance(body, list) else [body]
        kind = "single" if len(rows) == 1 else "many"
        self.times.append(self._timeline.now)
        self.left[f"{permit.path} {kind}", rows[0].get("instId", "")].append((self._timeline.now, len(rows)))
        if not permit.expiring:
            return
        if self.guarded and self._venue.fires.get(self.guarded, 0) <= self._timeline.now:
            self.broken.append(f"I22 {rows[0]} left while no dead-man switch was wound up")
        for row in rows:
            if self._file.data.find(b'"row":' + orjson.dumps(row), 0, self._file.synced) < 0:
                self.broken.append(f"I3 {row.get('clOrdId') or row['reqId']} left before its intent was on disk")
            name = row.get("clOrdId", "")
            if name and self.rows.setdefault(name, row) != row:
                self.broken.append(f"I10 client id {name} was used for another order")


def judge(venue: Venue, file: File, door: Door, live: Blotter | None, chance: Random) -> tuple[list[str], int]:
    """Give every invariant that does not hold, in words, and how many orders no answer told of."""
    data = bytes(file.data)
    payloads = read_frames(data).payloads
    records = [decode(payload) for payload in payloads if not payload.startswith(OPENED)]
    blotter = Blotter()
    broken = [*file.broken, *door.broken, *_replayed(records, blotter)]
    doubled = _doubled(venue, records)
    broken += _once(venue, blotter, doubled)
    broken += _deaths(venue, records, doubled)
    broken += _lives(venue, blotter, doubled)
    broken += _inventory(venue, blotter)
    broken += _resolved(blotter)
    broken += _paced(door)
    if live is not None and live != blotter:
        broken.append("I24 the journal read again is not what the process knew")
    # whatever is cut off its end, the journal is valid, and what stays is its beginning
    cut = read_frames(data[: chance.randint(0, len(data))]).payloads
    broken += [] if payloads[: len(cut)] == cut else ["I24 a journal cut short tells another story"]
    return broken, _unanswered(records)


def _unanswered(records: list[Record]) -> int:
    told = {record.name for record in records if isinstance(record, Answer) and record.outcome != "unknown"}
    return sum(isinstance(r, Intent) and r.action == "place" and r.name not in told for r in records)


def _replayed(records: Iterable[Record], blotter: Blotter) -> list[str]:
    """I7, I9: reduce the journal record by record, and look at what each changes."""
    broken = []
    for record in records:
        if isinstance(record, Intent):
            broken += _intended(record, blotter)
        name = getattr(record, "client_id", "") or getattr(record, "name", "")
        entry = blotter.orders.get(name)
        before = (entry.state, entry.told) if entry else None
        blotter.apply(record)
        if entry is None or before is None:
            continue
        if before[0] != entry.state and before[0] in FINAL and not isinstance(record, Filled):
            broken.append(f"I9 {name} went from {before[0]} to {entry.state} by a {type(record).__name__}")
        if entry.told < before[1] or entry.filled > entry.told:
            broken.append(f"I7 {name}: {entry.filled} filled, {entry.told} told, {before[1]} before")
    return broken


def _intended(intent: Intent, blotter: Blotter) -> list[str]:
    """I10, I12: a client id stands for one order, and every check was made before it left."""
    broken = []
    if intent.action == "place" and intent.name in blotter.orders:
        broken.append(f"I10 two intents have the client id {intent.name}")
    if intent.action != "cancel" and not {check.partition(":")[0] for check in intent.checks} >= _NAMES:
        broken.append(f"I12 {intent.name} left with the findings {intent.checks}")
    return broken


def _doubled(venue: Venue, records: list[Record]) -> set[str]:
    """Name the orders that the network made two of, or made after the exchange had refused them.

    No client can hinder that; it must notice and halt.
    """
    dead = {record.name for record in records if isinstance(record, Answer) and record.outcome == "rejected"}
    made = defaultdict(set)
    for order in venue.orders.values():
        made[order.client_id].add(order.request)
    return {
        name
        for name, requests in made.items()
        if any(again == 2 for _, again in requests) and (len(requests) > 1 or name in dead)
    }


def _once(venue: Venue, blotter: Blotter, doubled: set[str]) -> list[str]:
    """I1, I2: one order for each intent, and none without."""
    made = defaultdict(set)
    for order in venue.orders.values():
        if order.row.get("tag"):
            made[order.client_id].add(order.request[0])
    broken = [f"I2 order {name} has no intent" for name in made if name not in blotter.orders]
    broken += [f"I1 {name} was placed {len(requests)} times" for name, requests in made.items() if len(requests) > 1]
    for order in venue.orders.values():
        entry = blotter.orders.get(order.client_id)
        matters = order.client_id in doubled and (order.active or order.filled)
        if matters and entry and entry.order_id != str(order.order_id) and not blotter.halted:
            broken.append(f"I1 {order.client_id} was doubled by the network, and nobody noticed")
    return broken


def _deaths(venue: Venue, records: list[Record], doubled: set[str]) -> list[str]:
    """I4: what the journal declares dead never was."""
    there = {order.client_id for order in venue.orders.values()} - doubled
    amends = {r.name: r.row["reqId"] for r in records if isinstance(r, Intent) and r.action == "amend"}
    broken = []
    for record in records:
        if isinstance(record, Answer):
            dead = record.outcome in {"rejected", "not_sent"}
        elif isinstance(record, Ended):
            dead = record.verdict == "no_effect"
        else:
            continue
        if dead and record.name in there:
            broken.append(f"I4 {record.name} was declared {record} and exists")
        took = amends.get(record.name) in venue.amended
        if dead and took:
            broken.append(f"I4 {record.name} was declared {record} and took effect")
        if record.name in amends and not dead and not took and isinstance(record, Ended):
            broken.append(f"I5 {record.name} was declared {record} and did not")
    return broken


def _lives(venue: Venue, blotter: Blotter, doubled: set[str]) -> list[str]:
    """I5, I7: what the journal says lives, or did, is that order at the exchange, and stands as it says."""
    broken = []
    for name, entry in blotter.orders.items():
        if entry.state in NEVER_THERE or entry.state == "unknown" or name in doubled:
            continue
        order = venue.orders.get(int(entry.order_id or 0))
        if order is None or order.client_id != name:
            broken.append(f"I5 {name} is {entry.state} as {entry.order_id}, which is another's")
        elif order.state != entry.state:
            broken.append(f"I5 {name} is {entry.state} in the journal and {order.state} at the exchange")
        elif (entry.filled, entry.size) != (Decimal(size(order.filled)), Decimal(size(order.size))):
            broken.append(f"I7 {name}: {entry.filled} of {entry.size}, not {size(order.filled)} of {size(order.size)}")
    return broken


def _inventory(venue: Venue, blotter: Blotter) -> list[str]:
    """I6: the position is the sum of the executions of our orders, each counted once."""
    position: dict[str, int] = defaultdict(int)
    for _, order, _, count, _ in venue.fills:
        if order.row.get("tag"):
            position[order.row["instId"]] += count if order.row["side"] == "buy" else -count
    return [
        f"I6 {symbol}: {blotter.position[symbol]} in the journal, {size(count)} at the exchange"
        for symbol, count in position.items()
        if blotter.position[symbol] != Decimal(count) / 1000
    ]


def _resolved(blotter: Blotter) -> list[str]:
    """L1: once the exchange answers, nothing stays unknown."""
    broken = [f"L1 {entry.intent.name} is still unknown" for entry in blotter.unknown()]
    broken += [f"L1 {name} has no end" for name in blotter.changes]
    done = [entry for entry in blotter.unsettled() if not entry.active]
    return broken + [f"L1 executions of {entry.intent.name} are missing" for entry in done]


def _paced(door: Door) -> list[str]:
    """I15: in any two seconds no more leaves than four fifths of what OKX allows."""
    broken = []
    for (path, symbol), left in door.left.items():
        most = _SINGLE if path.endswith("single") else _MANY
        if sum(count for _, count in left) <= most:
            continue
        for place, (begin, _) in enumerate(left):
            count = sum(rows for moment, rows in left[place:] if moment - begin < 2_000)
            if count > most:
                broken.append(f"I15 {count} {path} rows on {symbol} in two seconds")
                break
    return broken
