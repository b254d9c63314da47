"""The grid form: design a grid, see its plan while typing, backtest it, place it on the paper exchange."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ipywidgets
import plotly.graph_objects as go

from okxlab.clock import Clock, SystemClock
from okxlab.errors import OkxlabError
from okxlab.exchange import Session
from okxlab.grid import GridSpec, Plan, Result
from okxlab.model import Number
from okxlab.trading import GridBot
from okxlab.widgets.backtest_panel import BacktestPanel
from okxlab.widgets.controls import button, html, on_click, row
from okxlab.widgets.desk import Desk
from okxlab.widgets.fields import Fields
from okxlab.widgets.handlers import attempt
from okxlab.widgets.place_panel import PlacePanel
from okxlab.widgets.plan_panel import PlanPanel
from okxlab.widgets.snapshot import Snapshots
from okxlab.widgets.views import STYLE
from okxlab.widgets.words import Words

_TYPING_SECONDS = 0.25
_AROUND = Decimal("0.05")


class GridForm:
    """A form for one grid. As the last line of a cell it shows itself; in a script it is set and read.

    The plan follows every key. Price, instrument and fees are read once for each symbol, by *Refresh price* and before
    a placement. What goes wrong stands in the form as a sentence. *Place on paper* shows what will be done; *Confirm*
    does it once, however often it is pressed.

    Parameters
    ----------
    session
        What `okxlab.connect` gave. Grids are placed on ``paper`` sessions only.
    spec
        A grid to begin with; without it BTC-USDT, 5 % around the last price, 10 grids, 1000.

    clock
        What says how old a preview is and which days to test; without it the machine's.

    Attributes
    ----------
    widget
        The ipywidgets box.
    buttons
        The buttons by name: ``refresh_price``, ``backtest``, ``place``, ``take_up``, ``stop``, ``refresh``, and
        ``confirm`` and ``cancel`` once a preview was shown.
    """

    def __init__(self, session: Session, spec: GridSpec | None = None, *, clock: Clock | None = None) -> None:
        words = Words(session.workspace.settings.lang)
        fields = Fields(words)
        self._desk = Desk(session, words, fields, Snapshots(session), clock or SystemClock())
        self._symbol = ""
        if spec is not None:
            self._fill(spec)
        self._worker = self._desk.worker()
        self._plan = PlanPanel(words)
        self._backtest = BacktestPanel(self._desk)
        self._place = PlacePanel(self._desk, self._plan_soon)
        self._refresh = button(words("refresh_price"), "refresh-price")
        on_click(self._refresh, self._read_anew, self._show, self._desk.unexpected)
        self.widget = self._composed()
        attempt(self._replan, self._show, self._desk.unexpected)
        fields.observe(lambda _: attempt(self._changed, self._show, self._desk.unexpected))

    @property
    def spec(self) -> GridSpec:
        """The grid of the fields; set it to fill them.

        Raises
        ------
        InputError
            When the fields describe no grid.
        """
        return self._desk.fields.spec()

    @spec.setter
    def spec(self, spec: GridSpec) -> None:
        self._fill(spec)

    @property
    def value(self) -> dict[str, str]:
        """The fields as text: symbol, low, high, grids, investment, spacing; set some or all of them.

        Raises
        ------
        InputError
            When a name that is set is no field.
        """
        return self._desk.fields.value

    @value.setter
    def value(self, values: Mapping[str, Number]) -> None:
        self._desk.fields.fill(values)

    @property
    def plan(self) -> Plan | None:
        """The plan shown, None while the fields describe no grid."""
        return self._plan.plan

    @property
    def result(self) -> Result | None:
        """The newest backtest, None before the first."""
        return self._backtest.result

    @property
    def bot(self) -> GridBot | None:
        """The bot placed last, None before the first."""
        return self._place.placement.bot

    @property
    def buttons(self) -> dict[str, ipywidgets.Button]:
        """The buttons by name."""
        return {"refresh_price": self._refresh, "backtest": self._backtest.button, **self._place.buttons}

    @property
    def accept_losing(self) -> ipywidgets.Checkbox:
        """The box that accepts steps narrower than the fees."""
        return self._place.accept

    @property
    def days(self) -> ipywidgets.Text:
        """The field that says how many days back to test."""
        return self._backtest.days

    @property
    def figures(self) -> dict[str, go.FigureWidget | None]:
        """The figures by name, ``ladder`` and ``backtest``; None before the first is drawn."""
        return {"ladder": self._plan.chart.figure, "backtest": self._backtest.chart.figure}

    @property
    def errors(self) -> dict[str, str]:
        """The sentences that stand in the form now, by field or part."""
        notices = {**self._desk.fields.errors, "backtest": self._backtest.error, "place": self._place.error}
        notices["status"] = self._place.status.error
        return {name: notice.text for name, notice in notices.items() if notice.text}

    def wait(self, timeout: float = 60.0) -> bool:
        """Wait until all that was typed and pressed is done; give False when ``timeout`` seconds (for each part) pass.

        For scripts: a notebook never needs it.
        """
        return all(worker.wait(timeout) for worker in (self._place.worker, self._backtest.worker, self._worker))

    def __repr__(self) -> str:
        value = self.value
        return f"GridForm({value['symbol']}, {self._desk.session.profile.name})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.widget._repr_mimebundle_(**kwargs)

    def _fill(self, spec: GridSpec) -> None:
        spec.require("The form")
        names = ("symbol", "low", "high", "grids", "investment", "spacing")
        self._symbol = spec.symbol  # its range is not to be replaced by a suggestion
        self._desk.fields.fill({name: getattr(spec, name) for name in names})

    def _changed(self) -> None:
        self._place.withdraw()
        self._backtest.compare()
        self._plan_soon()

    def _plan_soon(self) -> None:
        self._worker.submit("plan", self._replan, self._show, after=_TYPING_SECONDS)

    def _read_anew(self) -> None:
        self._worker.submit("plan", lambda: self._replan(fresh=True), self._show)

    def _replan(self, *, fresh: bool = False) -> None:
        fields = self._desk.fields
        symbol = fields.symbol()
        snapshot = self._desk.snapshots.of(symbol, fresh=fresh)
        self._plan.show_market(snapshot)
        if symbol != self._symbol:
            self._symbol = symbol
            fields.suggest(*snapshot.around(_AROUND))
        plan = snapshot.plan(fields.spec())
        fields.clear()
        self._place.offer_losing(offered=not plan.pays)
        self._plan.show(plan)

    def _show(self, error: OkxlabError) -> None:
        self._desk.fields.show(error)
        self._plan.clear()

    def _composed(self) -> ipywidgets.VBox:
        fields = self._desk.fields
        market = row(self._refresh, self._plan.market.widget)
        market.add_class("okx-indented")
        left = ipywidgets.VBox(
            [fields.widget, market, fields.notice],
            layout=ipywidgets.Layout(flex="1 1 320px", min_width="0"),
        )
        self._plan.figures.layout = ipywidgets.Layout(flex="1.4 1 400px", min_width="0")
        top = ipywidgets.Box(
            [left, self._plan.figures],
            layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="8px 28px", width="100%"),
        )
        style = html("style", STYLE)
        style.layout.display = "none"
        parts = [style, top, self._plan.ladder, self._backtest.widget, self._place.widget]
        form = ipywidgets.VBox(parts, layout=ipywidgets.Layout(width="100%"))
        form.add_class("okx-form")
        return form
