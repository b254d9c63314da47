"""A live figure: one FigureWidget, made when first needed and then changed in place."""

from typing import Any

import ipywidgets
import plotly.graph_objects as go


class Chart:
    """Shows one figure after another in one place. A FigureWidget brings 5 MB of JavaScript, so it is made once."""

    def __init__(self, name: str, *, height: int) -> None:
        self._height = height
        self._figure: go.FigureWidget | None = None
        self.widget = ipywidgets.Box(layout=ipywidgets.Layout(width="100%", display="none"))
        self.widget.add_class("okx-chart")
        self.widget.add_class(name)

    @property
    def figure(self) -> go.FigureWidget | None:
        """The figure shown, None before the first."""
        return self._figure

    def show(self, figure: go.Figure, *, legend_at: float) -> None:
        """Show this figure instead of the one shown, its legend below: on a narrow page it would cover the title."""
        legend = {"x": 0, "xanchor": "left", "y": legend_at, "yanchor": "top"}
        figure.update_layout(title_font_size=14, legend=legend)
        self.widget.layout.display = None
        if self._figure is None:
            figure.update_layout(height=self._height)
            self._figure = _made(figure)
            self.widget.children = (self._figure,)
            return
        figure.update_layout(height=None)  # saying it again would make plotly pin the width too
        if [trace.type for trace in figure.data] != [trace.type for trace in self._figure.data]:
            self._figure.data = ()
            self._figure.add_traces(figure.data)
        with self._figure.batch_update():
            for shown, wanted in zip(self._figure.data, figure.data, strict=True):
                shown.update(wanted.to_plotly_json(), overwrite=True)
            self._figure.layout.update(figure.layout.to_plotly_json(), overwrite=True)


def _made(figure: go.Figure) -> go.FigureWidget:
    """Give a figure widget that takes the width of its place, at first and whenever the window changes.

    plotly draws before the widget is on the page, and then believes in 700 pixels; the traces' properties, which it
    reports once it has drawn, are the sign to measure again.
    """
    widget = go.FigureWidget(figure)
    widget._config = {**widget._config, "responsive": True}  # noqa: SLF001 - a widget's config has no public name

    def fit(change: dict[str, Any]) -> None:
        if change["new"]:
            widget.plotly_relayout({"autosize": True})

    widget.observe(fit, "_js2py_traceDeltas")
    return widget
