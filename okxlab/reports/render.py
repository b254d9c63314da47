"""An executed notebook as one page that opens offline, draws its charts, asks for nothing and runs no code but ours.

Reached only when a report is rendered: nbconvert takes a second to import.
"""

import json
import logging
import math
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly
from jinja2 import DictLoader
from nbconvert import HTMLExporter
from nbconvert.preprocessors import Preprocessor

from okxlab.reports.cleaning import clean
from okxlab.reports.notebook_file import node
from okxlab.reports.template import DRAW, POLICY, SOURCE, TEMPLATE

PLOTLY = "application/vnd.plotly.v1+json"
_HEIGHT = 450  # plotly.js's own, in pixels
_COMPILING = {"parcoords", "scattergl", "scatterpolargl", "splom"}  # plotly.js compiles the programs that draw these
_SHOWN = {"text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml"}


class Figures(Preprocessor):
    """Takes the plotly figures out of a notebook, leaves a place for each, and drops outputs a page cannot show."""

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Collect into ``resources["okxlab_figures"]`` and let the page's policy fit them."""
        figures: list[dict[str, Any]] = []
        for cell in nb.cells:
            for output in cell.get("outputs", ()):
                if "data" in output:
                    output.data = _shown(output.data, figures)
        resources["okxlab_figures"] = figures
        resources["okxlab_policy"] = _policy(figures, resources["okxlab_nonce"])
        return nb, resources


def render_page(notebook: Any, facts: Mapping[str, object]) -> str:
    """Give the page.

    Parameters
    ----------
    notebook
        The executed notebook (an nbformat 4 node).
    facts
        What stands at the top: name to value, as text.

    Returns
    -------
    str
        HTML with everything inside. plotly.js (4.8 MB) is in it once if there is a chart, else not at all.
    """
    nonce = secrets.token_urlsafe(18)
    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]  # nbconvert is half typed
        extra_loaders=[DictLoader({TEMPLATE: SOURCE})],
        template_file=TEMPLATE,
        exclude_input=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        sanitize_html=True,
        log=logging.getLogger("okxlab.reports"),
    )
    exporter.register_filter("clean_html", clean)
    exporter.register_preprocessor(Figures, enabled=True)
    resources: Any = {
        "okxlab_nonce": nonce,
        "okxlab_facts": [(name, str(value)) for name, value in facts.items()],
        "metadata": {"name": str(facts.get("report", "report"))},
    }
    page, resources = exporter.from_notebook_node(node(notebook), resources=resources)
    head, _, tail = page.rpartition("</body>")
    return f"{head}{_scripts(resources['okxlab_figures'], nonce)}</body>{tail}"


def _policy(figures: list[dict[str, Any]], nonce: str) -> str:
    compiled = any(str(trace.get("type")) in _COMPILING for figure in figures for trace in figure["data"])
    return POLICY.format(scripts=f"'nonce-{nonce}'" + (" 'unsafe-eval'" if compiled else ""))


def _shown(data: Any, figures: list[dict[str, Any]]) -> Any:
    if PLOTLY not in data:
        return node({mime: content for mime, content in data.items() if mime in _SHOWN})
    figure = data[PLOTLY]
    if not isinstance(figure, Mapping):
        return _shown({mime: content for mime, content in data.items() if mime != PLOTLY}, figures)
    name = f"okxlab-figure-{secrets.token_hex(8)}"
    layout = _mapping(figure.get("layout"))
    settings = {**_mapping(figure.get("config")), "responsive": True, "displaylogo": False, "plotlyServerURL": ""}
    figures.append({"id": name, "data": _traces(figure.get("data")), "layout": layout, "config": settings})
    place = f'<div id="{name}" class="okxlab-figure" style="min-height: {_height(layout)}px"></div>'
    return node({"text/html": place})


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _traces(value: Any) -> list[Mapping[str, Any]]:
    return [trace for trace in value if isinstance(trace, Mapping)] if isinstance(value, list) else []


def _height(layout: Mapping[str, Any]) -> int:
    """Give the pixels a figure asks for, or plotly's own height where it asks for no number of them."""
    asked = layout.get("height")
    number = isinstance(asked, int | float) and not isinstance(asked, bool) and math.isfinite(asked) and asked > 0
    return int(asked) if number and asked is not None else _HEIGHT


def _scripts(figures: list[dict[str, Any]], nonce: str) -> str:
    if not figures:
        return ""
    library = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    data = json.dumps(figures, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f'<script type="application/json" id="okxlab-figures" nonce="{nonce}">{data}</script>\n'
        f'<script nonce="{nonce}">{library}</script>\n<script nonce="{nonce}">{DRAW}</script>\n'
    )
