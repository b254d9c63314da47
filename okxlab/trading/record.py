"""The record of a grid's run: what must survive the kernel so that a bot started again knows its own ladder."""

import json
from dataclasses import dataclass
from decimal import Decimal

from okxlab.grid import GridSpec, Ladder, ladder
from okxlab.model import Instrument
from okxlab.trading.blotter import Blotter
from okxlab.trading.records import Fact

# facts in the journal of a grid
_RUN, _ENDED, _LOOKED = "run", "ended", "looked"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of one grid.

    ``ladder`` is what was decided at ``started_ms`` (UTC) and never changes. ``launched`` is set where the launch
    purchase was made before the run had a journal: it is never bought again, whatever the exchange still remembers.
    """

    run: str
    ladder: Ladder
    started_ms: int
    launched: bool = False

    def to_json(self) -> str:
        """Write every decision as exact text."""
        made = self.ladder
        spec, instrument = made.spec, made.instrument
        low, high = spec.bounds
        numbers = {
            "low": low,
            "high": high,
            "investment": spec.investment,
            "tick": instrument.tick,
            "lot": instrument.lot,
            "minimum": instrument.minimum,
            "launch_price": made.launch_price,
            "maker": made.maker,
            "taker": made.taker,
        }
        words = {"run": self.run, "symbol": spec.symbol, "spacing": spec.spacing}
        facts = {"grids": spec.grids, "started_ms": self.started_ms, "launched": self.launched}
        return json.dumps(words | facts | {name: str(number) for name, number in numbers.items()})

    @staticmethod
    def from_json(text: str) -> "RunRecord":
        """Read what `to_json` wrote."""
        row = json.loads(text)
        number = {name: Decimal(value) for name, value in row.items() if isinstance(value, str) and name not in _WORDS}
        spec = GridSpec(
            row["symbol"],
            low=number["low"],
            high=number["high"],
            grids=row["grids"],
            investment=number["investment"],
            spacing=row["spacing"],
        )
        steps = Instrument(row["symbol"], tick=number["tick"], lot=number["lot"], minimum=number["minimum"])
        made = ladder(spec, steps, number["launch_price"], maker=number["maker"], taker=number["taker"])
        return RunRecord(row["run"], made, row["started_ms"], row["launched"])


_WORDS = frozenset({"run", "symbol", "spacing"})


def current(blotter: Blotter) -> RunRecord | None:
    """Give the run that a grid's journal says has not ended, or None."""
    text = blotter.facts.get(_RUN)
    record = RunRecord.from_json(text) if text else None
    return None if record is None or blotter.facts.get(_ENDED) == record.run else record


def looked_ms(blotter: Blotter) -> int:
    """Give when the exchange was last looked at, on its clock: what happened before stands in the journal."""
    return int(blotter.facts.get(_LOOKED, "0"))


def began(record: RunRecord) -> Fact:
    """Say that a run has begun."""
    return Fact(_RUN, record.to_json())


def ended(record: RunRecord) -> Fact:
    """Say that a run has ended: it is not taken up again."""
    return Fact(_ENDED, record.run)


def looked(at_ms: int) -> Fact:
    """Say that everything the exchange knew at a moment stands in the journal."""
    return Fact(_LOOKED, str(at_ms))
