"""The backtest of a form: days back, a button, progress, what it ended with."""

import re
import threading

import ipywidgets

from okxlab.errors import InputError, OkxlabError
from okxlab.grid import GridSpec, Result, backtest
from okxlab.widgets.chart import Chart
from okxlab.widgets.controls import button, html, on_click, row, section, text_field
from okxlab.widgets.desk import Desk
from okxlab.widgets.handlers import attempt
from okxlab.widgets.history import recent_candles
from okxlab.widgets.notice import Notice
from okxlab.widgets.views import backtest_view, grid_text, heading

MOST_DAYS = 365
_STAMP = "%Y-%m-%d %H:%M"


class BacktestPanel:
    """Pulls one-minute candles in the background and plays the grid of the fields over them."""

    def __init__(self, desk: Desk) -> None:
        words = desk.words
        self._desk = desk
        self.worker = desk.worker()
        self.result: Result | None = None
        self._days_tested = 0
        self._comparing = threading.Lock()
        self.days = text_field(words("days"), "days", "7", width="170px")
        self.button = button(words("backtest"), "backtest", kind="info")
        self.progress = ipywidgets.IntProgress(min=0, max=1, layout=ipywidgets.Layout(width="200px"))
        self.progress.add_class("okx-progress")
        self.note = Notice("note", "okx-backtest-note")
        self.note.show(words("idle"))
        self.error = Notice("error", "okx-error-backtest", "okx-error-wide")
        self.chart = Chart("okx-backtest-chart", height=520)
        self.stale = Notice("note", "okx-stale")
        self._summary = html("summary")
        on_click(self.button, self._press, self._show, desk.unexpected)
        self.days.observe(lambda _: attempt(self.compare, self._show, desk.unexpected), "value")
        self.widget = section(
            "backtest-part",
            html("head-backtest", heading(words("head_backtest"))),
            row(self.days, self.button, self.progress, self.note.widget),
            self.error.widget,
            self.stale.widget,
            self._summary,
            self.chart.widget,
        )

    def compare(self) -> None:
        """Say above the figures whose they are, when the fields no longer describe that grid and those days."""
        with self._comparing:
            if self.result is None or self._asked() == (self.result.spec, self._days_tested):
                self.stale.show("")
                return
            words = self._desk.words
            grid = grid_text(self.result.spec, words)
            self.stale.show(words("stale", grid=grid, days=self._days_tested, backtest=words("backtest")))

    def _asked(self) -> tuple[GridSpec, int] | None:
        try:
            return self._desk.fields.spec(), self._days()
        except InputError:
            return None

    def _press(self) -> None:
        self.worker.submit("backtest", self._run, self._show, once=True)

    def _run(self) -> None:
        self.button.disabled = True
        try:
            self.error.show("")
            self._backtest()
        finally:
            self.button.disabled = False

    def _backtest(self) -> None:
        desk, days, spec = self._desk, self._days(), self._desk.fields.spec()
        snapshot = desk.snapshots.of(spec.symbol)
        self.progress.max = days
        self._told(0)
        bars = recent_candles(desk.session, spec.symbol, days, clock=desk.clock, told=self._told)
        self.note.show(desk.words("computing", candles=f"{len(bars):,}"))
        result = backtest(spec, bars, maker=snapshot.fees.maker, taker=snapshot.fees.taker)
        with self._comparing:
            self.result, self._days_tested = result, days
        self._summary.value = backtest_view(result, days, desk.words)
        self.compare()
        figure = result.plot().update_layout(margin={"l": 70, "r": 10, "t": 36, "b": 90})
        self.chart.show(figure, legend_at=-0.18)
        start, end = (f"{bars.index[place]:{_STAMP}}" for place in (0, -1))
        self.note.show(desk.words("done", candles=f"{len(bars):,}", start=start, end=end))

    def _told(self, done: int) -> None:
        self.progress.value = done
        self.note.show(self._desk.words("days_read", done=done, days=self.progress.max))

    def _days(self) -> int:
        text = self.days.value.strip()
        if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST_DAYS:
            words = self._desk.words
            raise InputError(words("days_wrong", text=text, most=MOST_DAYS), words("days_fix"))
        return int(text)

    def _show(self, error: OkxlabError) -> None:
        self.note.show("")
        self.error.show(str(error))
