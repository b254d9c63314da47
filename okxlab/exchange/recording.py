"""Recording: the exchange's own messages on a tape that a paper exchange replays.

A line of a tape is ``{"received": ..., "msg": ...}``: when the message came (seconds since 1970 UTC by this machine's
clock), and the message as it came. Recorded on demo or live the time is named ``local_ts``, and a replay begins there;
a paper market may be of another time. Updates of a book that do not follow the one before are left out until the
snapshot that mends it, so that a replay never shows a book that never was.
"""

import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from okxlab.errors import InputError, Refused, Unreachable
from okxlab.exchange.session import Session
from okxlab.exchange.wire.tape import Tape

if TYPE_CHECKING:
    from okxlab.exchange.wire.topic import Row, Topic

PublicChannel = Literal["tickers", "trades", "books", "books5", "candles"]
_FLUSH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording holds: where, how many messages of each channel, and what was lost on the way.

    ``seconds`` it took, ``size`` in bytes of what it added to the tape, ``gaps`` of books, ``reconnects``.
    """

    path: Path
    messages: dict[str, int]
    seconds: float
    size: int
    gaps: int
    reconnects: int


def record(
    session: Session,
    channels: PublicChannel | Sequence[PublicChannel],
    symbols: str | Sequence[str],
    path: Path | str,
    seconds: float | None = None,
    *,
    bar: str = "1m",
    progress: bool = True,
) -> Recorded:
    """Write the messages of public channels to a tape, until the time is over or it is interrupted.

    Parameters
    ----------
    channels
        One or several of ``tickers``, ``trades``, ``books``, ``books5``, ``candles``; ``okxlab paper --prices
        tape:PATH`` replays the first three.
    symbols
        One or several, in either spelling.
    path
        A file whose name ends in ``.jsonl.gz``; one that is there is gone on with. What came is on the disk twice a
        second, and stays readable whatever ends the recording.
    seconds
        How long; None until it is interrupted, which ends it as well as time does.
    bar
        Of candles, as for `okxlab.stream`.
    progress
        Whether to show a bar.

    Raises
    ------
    InputError
        For channels, symbols or a path that cannot be meant.
    ConfigError
        When the tape cannot be written.
    Refused
        When the exchange refuses a channel.
    Unreachable
        When nothing came in all the time.

    Examples
    --------
    >>> import tempfile
    >>> import okxlab as ox
    >>> folder = tempfile.mkdtemp()
    >>> with ox.connect(workspace=folder) as session:
    ...     tape = ox.record(session, ["books", "trades"], "BTC-USDT", f"{folder}/btc.jsonl.gz", 5, progress=False)
    >>> sorted(tape.messages), tape.gaps
    (['books', 'trades'], 0)
    """
    wanted = _wanted(session, channels, symbols, bar)
    if seconds is not None and not seconds > 0:
        raise InputError(f"seconds is {seconds!r}.", "Give more than 0, or None to record until it is interrupted.")
    return _Recording(session, wanted, Path(path), seconds).run(progress=progress)


def _wanted(session: Session, channels: str | Sequence[str], symbols: str | Sequence[str], bar: str) -> "list[Topic]":
    """Make the topics, or refuse what is not public."""
    # imported here: the topics bring pandas
    from okxlab.exchange.wire.catalog import PUBLIC, topics  # noqa: PLC0415 - same reason

    names = [channels] if isinstance(channels, str) else list(dict.fromkeys(channels))
    strange = next((name for name in names if name not in PUBLIC), None)
    if strange is not None or not names:
        raise InputError(f"A tape has no channel {strange or ''!r}.", f"Use one of {', '.join(PUBLIC)}.")
    return [topic for name in names for topic in topics(name, symbols, session.streams.clock, bar=bar)]


class _Recording:
    """A recording that runs."""

    def __init__(self, session: Session, wanted: "list[Topic]", path: Path, seconds: float | None) -> None:
        self._clock = session.streams.clock
        self._topics = wanted
        self._path = path
        self._seconds = seconds
        self._stamp = "received" if session.profile.name == "paper" else "local_ts"
        self._tape = Tape(path)
        self._writer = ThreadPoolExecutor(1, "okxlab-tape")  # Ctrl-C comes to the main thread, and must halve no write
        self._began, self._before = self._clock.monotonic(), self._tape.size
        # imported here: ccxt.pro takes more than half a second to load, and most sessions never stream
        from okxlab.exchange.wire.board import Board  # noqa: PLC0415 - same reason

        try:
            self._board = session.streams.own(lambda: Board(session, self._clock, tap=self._take))
        except BaseException:
            self._tape.close()
            raise

    def hear(self, rows: "Sequence[Row]") -> None:
        """Take news: the tape has them."""

    def run(self, *, progress: bool) -> Recorded:
        """Wait for the end and give what was recorded."""
        try:
            self._wait(progress=progress)
        except KeyboardInterrupt:
            pass  # as good an end as any: what came is on the tape
        finally:
            self._board.close()
            self._writer.shutdown()
            self._tape.close()
        return self._recorded()

    def _take(self, text: str) -> None:
        self._tape.add(f'{{"{self._stamp}":{self._clock.now_ms() / 1000:.3f},"msg":{text}}}')

    def _wait(self, *, progress: bool) -> None:
        # imported here: a bar is for who looks
        from tqdm.auto import tqdm  # noqa: PLC0415 - same reason

        self._board.join(self._topics, self)
        total = None if self._seconds is None else math.ceil(self._seconds)
        with tqdm(total=total, unit="s", desc=self._path.name, disable=not progress) as shown:
            while (left := self._left()) > 0:
                self._clock.sleep(min(left, _FLUSH_SECONDS))
                self._look_after()
                shown.set_postfix(messages=sum(self._messages().values()), refresh=False)
                shown.update(int(self._passed()) - shown.n)

    def _look_after(self) -> None:
        self._writer.submit(self._tape.flush).result()
        refused = next((topic.refused for topic in self._topics if topic.refused), "")
        if refused:
            raise Refused(refused)

    def _passed(self) -> float:
        return self._clock.monotonic() - self._began

    def _left(self) -> float:
        if self._board.closed:  # with its session
            return 0.0
        return _FLUSH_SECONDS if self._seconds is None else self._seconds - self._passed()

    def _messages(self) -> dict[str, int]:
        counted: Counter[str] = Counter()
        for topic in self._topics:
            counted[topic.arg["channel"]] += topic.counts["messages"]
        return dict(counted)

    def _reconnects(self) -> int:
        ways = {id(topic.way): topic.way for topic in self._topics if topic.way is not None}
        return sum(max(way.dials - 1, 0) for way in ways.values())

    def _recorded(self) -> Recorded:
        messages = self._messages()
        if not any(messages.values()):
            why = self._topics[0].judge().why
            raise Unreachable(
                f"Nothing came to record on {self._path} ({why}).", "Check the connection, then try again."
            )
        gaps = sum(topic.counts["gaps"] for topic in self._topics)
        size = self._tape.size - self._before
        return Recorded(self._path, messages, self._passed(), size, gaps, self._reconnects())
