"""The exchange's clock, as far as this machine knows it."""

from dataclasses import dataclass

from okxlab.clock import Clock

_JUMP_SECONDS = 1.0  # wall and monotonic time drift apart less than this in a minute unless somebody set the clock


@dataclass(frozen=True, slots=True)
class Reading:
    """What the exchange's clock showed: ``venue_ms`` when this machine's showed ``wall_ms`` and ``moment``.

    ``moment`` is monotonic seconds; ``margin_ms`` is how far off ``venue_ms`` may be: half the trip there and back.
    """

    venue_ms: int
    wall_ms: int
    moment: float
    margin_ms: int


class VenueClock:
    """Goes on from the last reading by monotonic time: setting this machine's clock does not move it.

    Before the first reading it shows this machine's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reading: Reading | None = None

    @property
    def offset_ms(self) -> int:
        """How far the exchange's clock was ahead of this machine's at the last reading."""
        return 0 if self._reading is None else self._reading.venue_ms - self._reading.wall_ms

    @property
    def margin_ms(self) -> int:
        """How far off it may be."""
        return 0 if self._reading is None else self._reading.margin_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        if self._reading is None:
            return self._clock.now_ms()
        return self._reading.venue_ms + self._since(self._reading)

    def fresh(self, seconds: float) -> bool:
        """Tell whether the last reading is younger than this, and nobody set this machine's clock since."""
        if self._reading is None:
            return False
        passed = self._since(self._reading)
        jumped = abs(self._clock.now_ms() - self._reading.wall_ms - passed) > _JUMP_SECONDS * 1000
        return passed < seconds * 1000 and not jumped

    def set(self, reading: Reading) -> None:
        """Take a new reading."""
        self._reading = reading

    def reading(self, venue_ms: int, moment: float, took: float) -> Reading:
        """Make a reading of a stamp that came ``took`` seconds after it was asked for at ``moment``, just now."""
        late = self._clock.monotonic() - (moment + took / 2)
        return Reading(venue_ms, self._clock.now_ms() - round(late * 1000), moment + took / 2, round(took * 500))

    def _since(self, reading: Reading) -> int:
        return round((self._clock.monotonic() - reading.moment) * 1000)
