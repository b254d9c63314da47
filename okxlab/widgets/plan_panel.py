"""The plan as it follows the fields: figures, warnings, ladder."""

import ipywidgets

from okxlab.grid import Plan
from okxlab.plots import plot_ladder
from okxlab.widgets.chart import Chart
from okxlab.widgets.controls import html
from okxlab.widgets.notice import Notice
from okxlab.widgets.snapshot import Snapshot
from okxlab.widgets.views import heading, ladder_view, percent, plan_view
from okxlab.widgets.words import Words


class PlanPanel:
    """Shows a plan, or says that there is none."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self.plan: Plan | None = None
        self.market = Notice("note", "okx-market")
        self.market.show(words("market_unread"))
        self.chart = Chart("okx-ladder-chart", height=380)
        self._facts = html("plan")
        self._ladder = html("ladder")
        self._ladder.layout = ipywidgets.Layout(max_height="380px", width="100%", overflow="auto")
        self.figures = ipywidgets.VBox([html("head-plan", heading(words("head_plan"))), self._facts])
        titled = ipywidgets.VBox(
            [html("head-ladder", heading(words("head_ladder"))), self._ladder],
            layout=ipywidgets.Layout(flex="1 1 320px", min_width="0"),
        )
        drawn = ipywidgets.Box([self.chart.widget], layout=ipywidgets.Layout(flex="1.4 1 400px", min_width="0"))
        self.ladder = ipywidgets.Box(
            [titled, drawn], layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="8px 28px", width="100%")
        )

    def show_market(self, snapshot: Snapshot) -> None:
        """Say what the plan rests on."""
        fees, listed = snapshot.fees, snapshot.instrument
        text = self._words(
            "market",
            symbol=listed.symbol,
            price=f"{snapshot.price:f}",
            quote=listed.quote,
            maker=percent(fees.maker),
            taker=percent(fees.taker),
        )
        self.market.show(text)

    def show(self, plan: Plan) -> None:
        """Show this plan."""
        self.plan = plan
        self._facts.value = plan_view(plan, self._words)
        self._ladder.value = ladder_view(plan, self._words)
        self.ladder.layout.display = None
        figure = plot_ladder(plan)
        figure.update_layout(margin={"l": 70, "r": 10, "t": 36, "b": 40})
        self.chart.show(figure, legend_at=0.0)

    def clear(self) -> None:
        """Show no plan: the fields hold none."""
        self.plan = None
        self._facts.value = f"<p>{self._words('no_plan')}</p>"
        self.ladder.layout.display = "none"
