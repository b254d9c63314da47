"""A sweep to look into: a heat map whose cells play their grid and show its ledger."""

from typing import Any

import ipywidgets
import pandas as pd

from okxlab.errors import InputError, OkxlabError
from okxlab.grid import GridSpec, Result, backtest
from okxlab.model import Instrument, Number, instrument_of
from okxlab.plots import plot_heat_map
from okxlab.widgets.chart import Chart
from okxlab.widgets.controls import LABEL_WIDTH, button, html, on_click, row, section, text_field
from okxlab.widgets.handlers import attempt
from okxlab.widgets.notice import Notice
from okxlab.widgets.views import STYLE, heading, ledger_view, row_view
from okxlab.widgets.words import Language, Words
from okxlab.widgets.worker import Worker

# More rows than a page can carry stay in `result.fills`.
MOST_FILLS = 100

_GIVEN = ("low", "high", "grids", "spacing", "investment")


class SweepExplorer:
    """The heat map of a sweep. A cell that is clicked is played by `backtest`, and its ledger stands below.

    As the last line of a cell it shows itself; in a script `choose` and `wait` do what a click does. Parameters of the
    axes and the figure of the colour are chosen above the map, a row that shares its cell with a better one by its
    label in the table. What goes wrong stands there as a sentence.

    Parameters
    ----------
    table
        What `okxlab.sweep` gave.
    candles, instrument, maker, taker, fill
        Those of the sweep; a row that does not end as the table has it is not shown.
    x, y, value
        What the map shows at first, columns of the table.
    language
        ``"en"`` or ``"zh"``.

    Attributes
    ----------
    widget
        The ipywidgets box.
    result
        The `Result` of the newest row played, None before the first.
    chosen
        That row's label in the table.

    Raises
    ------
    InputError
        When there is no instrument, or the table cannot be drawn.

    Examples
    --------
    >>> from okxlab.grid import sweep
    >>> bars = pd.DataFrame({"open": [105.0, 105.0], "high": [106.0, 111.0], "low": [104.0, 104.0],
    ...     "close": [105.0, 110.0]}, index=pd.date_range("2024-01-01", periods=2, freq="min", tz="UTC"))
    >>> bars.attrs["instrument"] = Instrument("BTC-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
    >>> table = sweep(bars, low=100, high=[110, 120], grids=[2, 4], investment=1_000, progress=False)
    >>> explorer = SweepExplorer(table, bars)
    >>> explorer.choose(3)
    >>> explorer.wait(), float(explorer.result.summary["equity_end"]) == float(table["equity_end"][3])
    (True, True)
    """

    def __init__(  # noqa: PLR0913  a backtest's arguments, and what is shown
        self,
        table: pd.DataFrame,
        candles: pd.DataFrame,
        *,
        instrument: Instrument | None = None,
        maker: Number = "0.0008",
        taker: Number = "0.001",
        fill: str = "touch",
        x: str = "grids",
        y: str = "low",
        value: str = "equity_end",
        language: Language = "en",
    ) -> None:
        words = Words(language)
        self._words, self._table, self._candles = words, table, candles
        self._instrument = instrument_of(candles, instrument)
        self._terms: dict[str, Any] = {"maker": maker, "taker": taker, "fill": fill}
        self._worker = Worker(words("unexpected"))
        self.result: Result | None = None
        self.chosen: Any = None
        self.axes = {
            "x": _choice(words("sweep_x"), "x", _GIVEN, x),
            "y": _choice(words("sweep_y"), "y", _GIVEN, y),
            "value": _choice(words("sweep_value"), "value", _figures(table), value),
        }
        self.row = text_field(words("row"), "row", "", width="220px")
        self.button = button(words("play_row"), "play-row", kind="info")
        self.note, self.error = Notice("note", "okx-sweep-note"), Notice("error", "okx-error-sweep", "okx-error-wide")
        self.map, self.chart = Chart("okx-sweep-map", height=520), Chart("okx-sweep-backtest", height=520)
        self._summary, self._ledger = html("summary"), html("ledger")
        self._draw()
        self._listen()
        self.note.show(words("sweep_hint"))
        self.widget = self._composed()

    @property
    def figures(self) -> dict[str, Any]:
        """The live figures by name, ``map`` and ``backtest``; the second is None before a row was played."""
        return {"map": self.map.figure, "backtest": self.chart.figure}

    def choose(self, label: Any) -> None:
        """Play a row of the table, by its label, in the background; `wait` for it in a script."""
        self._worker.submit("play", lambda: self._play(label), self._show)

    def wait(self, timeout: float = 60.0) -> bool:
        """Wait until what was clicked and typed is done; give False when ``timeout`` seconds pass."""
        return self._worker.wait(timeout)

    def __repr__(self) -> str:
        return f"SweepExplorer({len(self._table):,} grids of {self._instrument.symbol})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget._repr_mimebundle_(**kwargs)

    def _listen(self) -> None:
        unexpected = self._words("unexpected")
        on_click(self.button, lambda: self.choose(self._typed()), self._show, unexpected)
        for one in self.axes.values():
            one.observe(lambda _: self._worker.submit("draw", self._draw, self._show), "value")
        # The traces stay the same ones while what they show is changed, so one handler serves.
        self.figures["map"].data[0].on_click(
            lambda _, points, __: attempt(lambda: self._clicked(points), self._show, unexpected)
        )

    def _clicked(self, points: Any) -> None:
        up, across = points.point_inds[0]
        label = self._rows[up][across][0]
        if label is not None:
            self.choose(label)

    def _typed(self) -> Any:
        text = self.row.value.strip()
        found = [label for label in self._table.index if str(label) == text]
        if not found:
            raise InputError(self._words("row_wrong", text=text), self._words("row_fix"))
        return found[0]

    def _play(self, label: Any) -> None:
        self.error.show("")
        self.note.show(self._words("row_playing", row=label))
        spec = self._spec(label)
        result = backtest(spec, self._candles, instrument=self._instrument, **self._terms)
        self._compare(label, result)
        self.result, self.chosen = result, label
        self._draw()
        self._summary.value = row_view(label, result, self._words)
        self._ledger.value = ledger_view(result, MOST_FILLS, self._words)
        self.chart.show(result.plot().update_layout(margin={"l": 70, "r": 10, "t": 36, "b": 90}), legend_at=-0.18)
        self.note.show(self._words("row_done", row=label))

    def _spec(self, label: Any) -> GridSpec:
        given = self._table.loc[[label], list(_GIVEN)].to_dict("records")[0]
        return GridSpec(self._instrument.symbol, **{str(name): value for name, value in given.items()})

    def _compare(self, label: Any, result: Result) -> None:
        if "equity_end" not in self._table.columns:
            return
        told, played = float(self._table.loc[[label], "equity_end"].iloc[0]), float(result.summary["equity_end"])
        if told != played:
            raise InputError(
                self._words("row_other", row=label, told=told, played=played), self._words("row_other_fix")
            )

    def _draw(self) -> None:
        names = {name: one.value for name, one in self.axes.items()}
        figure = plot_heat_map(self._table, **names, chosen=self.chosen)
        self._rows = figure.data[0].customdata
        self.map.show(figure, legend_at=-0.18)

    def _show(self, error: OkxlabError) -> None:
        self.note.show("")
        self.error.show(str(error))

    def _composed(self) -> ipywidgets.VBox:
        style = html("style", STYLE)
        style.layout.display = "none"
        form = section(
            "sweep-part",
            style,
            html("head-sweep", heading(self._words("head_sweep"))),
            row(*self.axes.values()),
            self.map.widget,
            row(self.row, self.button, self.note.widget),
            self.error.widget,
            self._summary,
            self.chart.widget,
            self._ledger,
        )
        form.add_class("okx-form")
        return form


def _choice(label: str, name: str, options: tuple[str, ...], value: str) -> ipywidgets.Dropdown:
    if value not in options:
        raise InputError(f"{name} is {value!r}.", f"Choose one of {', '.join(options)}.")
    made = ipywidgets.Dropdown(
        description=label,
        options=options,
        value=value,
        style={"description_width": LABEL_WIDTH},
        layout=ipywidgets.Layout(width="250px"),
    )
    made.add_class(f"okx-{name}")
    return made


def _figures(table: pd.DataFrame) -> tuple[str, ...]:
    """Give the columns a map may show: all but what was given and the reasons."""
    return tuple(str(name) for name in table.columns if name not in {*_GIVEN, "error"})
