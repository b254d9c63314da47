"""Live streams: a call returns at once, and what it gives stays up to date in the background."""

import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from okxlab.clock import utc
from okxlab.errors import CredentialsError, Refused
from okxlab.exchange.session import Session
from okxlab.exchange.wire.inbox import Inbox
from okxlab.exchange.wire.state import State, worst

if TYPE_CHECKING:
    import pandas as pd

    from okxlab.exchange.wire.board import Board
    from okxlab.exchange.wire.topic import Topic

Channel = Literal["tickers", "trades", "books", "books5", "candles", "orders", "fills", "balances", "positions"]
Row = Any


class Stream:
    """One live stream. Made by `stream`; close it, or use it as a context manager. It ends when nobody holds it.

    A book whose updates do not follow each other is dropped, shown ``stale`` and built anew. After a break, orders,
    fills and candles are asked for over REST before they count as live. Trades told to nobody meanwhile are not there,
    and the frame says since when it is whole.
    Streams only read: an order operation does not leave over them.
    """

    def __init__(self, board: "Board", channel: str, topics: "list[Topic]", *, together: bool) -> None:
        self.channel = channel
        self._board = board
        self._together = together
        self._news = board.news
        self._inboxes: weakref.WeakSet[Inbox] = weakref.WeakSet()  # one nobody reads any more goes
        self._told = self._read = self._dropped = 0
        self._ended: State | None = None
        self._keep = topics[0].keep
        self._topics = topics
        weakref.finalize(self, board.forget)  # before it joins, which may be interrupted
        self._topics = board.join(topics, self)

    @property
    def symbols(self) -> tuple[str, ...]:
        """What it is about, in OKX's spelling; empty for the account's channels."""
        return tuple(topic.symbol for topic in self._topics if topic.symbol)

    @property
    def frame(self) -> "pd.DataFrame":
        """A fresh frame of what stands now.

        ``attrs["state"]`` is the stream's state at that moment and ``attrs["time"]`` OKX's newest stamp in it (UTC, or
        None). A frame that is not live says so in its corner: its columns are named by the state.

        - ``tickers``: one row a symbol, the columns of `okxlab.tickers`.
        - ``trades``: ``symbol``, ``side`` (of the taker), ``price``, ``size``, ``trade_id``, ``time``; oldest first.
          ``attrs["since"]``: from this trade's time on none is missing (UTC; None before the first after a break).
        - ``books``, ``books5``: index ``level``, the columns of `okxlab.order_book`; ``attrs["seq"]`` is OKX's seqId.
        - ``candles``: index ``time`` (opening), ``open``, ``high``, ``low``, ``close``, ``volume``, ``finished``.
        - ``orders``: as `okxlab.open_orders`, those that ended meanwhile among them.
        - ``fills``, ``balances``: as `okxlab.fills` since the stream began, as `okxlab.balances`.
        - ``positions``: ``symbol``, ``side``, ``mode``, ``size``, ``entry``, ``mark``, ``profit``, ``leverage`` and
          ``time``.

        Of a list of symbols, books and candles have the index ``symbol`` before their own, and ``seq`` and ``since``
        are dicts by symbol. Market data are float64, the
        account's exact Decimals; times are UTC; NaN or None where OKX sends nothing.
        """
        with self._news:
            frame = self._joined()
            state, stamp = self.state, max(topic.time_ms for topic in self._topics)
            self._read = self._told
        frame.attrs["state"] = state
        frame.attrs["time"] = utc(stamp) if stamp else None
        if state != "live":
            frame.columns.name = repr(state).upper()
        return frame

    @property
    def latest(self) -> Row | None:
        """The newest row as OKX wrote it, of ``books`` the best five levels kept; None before the first."""
        with self._news:
            return max(self._topics, key=lambda topic: topic.heard if topic.latest else 0.0).latest

    @property
    def state(self) -> State:
        """``live``, ``stale``, ``reconnecting`` or ``closed``; a text that tells ``since`` (UTC) and ``why`` too.

        Of several symbols it is the worst. It is judged when it is asked for, so that silence cannot hide.
        """
        with self._news:
            if self._ended is None and self._board.closed:
                ended_ms = self._board.ended_ms or self._board.clock.now_ms()
                self._ended = State("closed", ended_ms, "the session's streams were closed")
            return self._ended or worst(topic.judge() for topic in self._topics)

    @property
    def counts(self) -> dict[str, int]:
        """How much came, and how much was lost.

        ``messages`` that came; of these ``repeated`` or overtaken ones, which are left out; ``gaps`` that had a book
        built anew; ``reconnects``, attempts to connect again; ``dropped`` rows that `rows` was too slow for.
        """
        with self._news:
            total = {
                name: sum(topic.counts[name] for topic in self._topics) for name in ("messages", "repeated", "gaps")
            }
            lines = {id(topic.way): topic.way for topic in self._topics if topic.way is not None}
            return total | {
                "reconnects": sum(max(way.dials - 1, 0) for way in lines.values()),
                "dropped": self._dropped,
            }

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until there is something that neither `frame` nor `wait` has shown; tell whether there is.

        Raises
        ------
        Refused
            When the exchange refused the stream.
        """
        with self._news:
            self._news.wait_for(lambda: self._told > self._read or self.state == "closed", seconds)
            self._check()
            news, self._read = self._told > self._read, self._told
            return news

    def rows(self, seconds: float | None = None) -> Iterator[Row]:
        """Give each row from now on as OKX wrote it, in the order of arrival; end after so many seconds without one.

        Whoever is slower than the market loses the oldest ones; ``counts["dropped"]`` tells how many.

        Raises
        ------
        Refused
            When the exchange refused the stream.
        """
        inbox = Inbox(self._keep)
        with self._news:
            self._inboxes.add(inbox)
        return self._through(inbox, seconds)

    def collect(self) -> Callable[[], list[Row]]:
        """Give a function that gives, each time, the rows that came since the last, as `rows` does without waiting."""
        inbox = Inbox(self._keep)
        with self._news:
            self._inboxes.add(inbox)

        def come() -> list[Row]:
            with self._news:
                self._check()
                rows = list(inbox.rows)
                inbox.rows.clear()
            return rows

        return come

    def __iter__(self) -> Iterator[Row]:
        return self.rows()

    def close(self) -> None:
        """End it. The last stream of a session to be closed closes the connections and ends their thread."""
        with self._news:
            self._ended = self._ended or State("closed", self._board.clock.now_ms(), "closed here")
            self._news.notify_all()
        self._board.leave(self)

    def hear(self, rows: Sequence[Row]) -> None:
        """Take news; called by the background thread."""
        for inbox in list(self._inboxes):
            self._dropped += inbox.put(rows)
        self._told += 1
        self._news.notify_all()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Stream({' '.join((self.channel, *self.symbols))}, {self.state!r})"

    def _joined(self) -> "pd.DataFrame":
        frames = {topic.symbol: topic.frame() for topic in self._topics}
        if not self._together:
            return next(iter(frames.values()))
        return self._topics[0].stacked(frames)

    def _through(self, inbox: Inbox, seconds: float | None) -> Iterator[Row]:
        while True:
            with self._news:
                self._news.wait_for(lambda: inbox.rows or self.state == "closed", seconds)
                if not inbox.rows:
                    self._check()
                    return
                row = inbox.rows.popleft()
            yield row

    def _check(self) -> None:
        refused = next((topic.refused for topic in self._topics if topic.refused), "")
        if refused and self._ended is None:
            raise Refused(refused)


def stream(
    session: Session,
    channel: Channel,
    symbols: str | Sequence[str] | None = None,
    *,
    bar: str = "1m",
    keep: int = 1000,
    patience: float | None = None,
) -> Stream:
    """Open a live stream and return at once; connecting, and connecting again, happens in the background.

    Parameters
    ----------
    channel
        Public: ``tickers``, ``trades``, ``books`` (400 levels, kept by their seqId), ``books5`` (five levels),
        ``candles``. The account's, which need a key: ``orders``, ``fills``, ``balances``, ``positions``.
    symbols
        One symbol or several, in either spelling; none for the account's channels.
    bar
        Of candles: ``1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w``; six hours and longer begin at UTC hours and days.
    keep
        Rows of history kept for each symbol (trades, candles, fills, orders that ended) and rows that may wait for
        `Stream.rows`.
    patience
        Seconds of silence after which a public stream is ``stale``. By default 5 for tickers and books, 30 for trades,
        for candles their bar, at most 300, and 5 more. The account's channels may be silent; they are stale when their
        connection, pinged every 5 seconds, has been silent for 12.

    Returns
    -------
    Stream
        Its ``frame`` is what stands now; the columns of each channel are told there.

    Raises
    ------
    InputError
        For an unknown channel or bar, a symbol that is none, or one too many or too few.
    CredentialsError
        When the channel needs a key and the session has none.

    Examples
    --------
    >>> import tempfile
    >>> import okxlab as ox
    >>> session = ox.connect(workspace=tempfile.mkdtemp())
    >>> with ox.stream(session, "books5", "BTC-USDT") as live:
    ...     live.wait(10), str(live.state), live.frame.shape
    (True, 'live', (5, 6))
    >>> session.close()
    """
    # imported here: ccxt.pro and pandas take a second to load, and most sessions never stream
    from okxlab.exchange.wire.board import Board  # noqa: PLC0415 - same reason
    from okxlab.exchange.wire.catalog import topics  # noqa: PLC0415 - same reason

    made = topics(channel, symbols, session.streams.clock, bar=bar, keep=keep, patience=patience)
    _check_key(session, made)
    with session.streams.door:
        board = session.streams.shared(lambda: Board(session, session.streams.clock))
        return Stream(board, channel, made, together=not isinstance(symbols, str | None))


def _check_key(session: Session, topics: "list[Topic]") -> None:
    if any(topic.private for topic in topics) and not session.profile.keys:
        raise CredentialsError(
            f"This stream needs a key and the {session.profile.name} session has none.",
            "Set the three OKX_… variables; see README.",
        )
