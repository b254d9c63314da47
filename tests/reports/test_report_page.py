import json
import re

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from okxlab.errors import NotebookFailed
from okxlab.reports import list_runs, run_report
from okxlab.reports.cleaning import clean
from okxlab.reports.render import render_page

LOOK = """() => ({
  drawn: document.querySelectorAll(".js-plotly-plot .main-svg").length > 0
    ? document.querySelectorAll(".js-plotly-plot").length : 0,
  pwned: window.__pwn === undefined ? null : window.__pwn,
  inked: [...document.querySelectorAll(".gl-canvas-context")].map((canvas) => {
    const copy = document.createElement("canvas").getContext("2d");
    Object.assign(copy.canvas, {width: canvas.width, height: canvas.height});
    copy.drawImage(canvas, 0, 0);
    return copy.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
  }),
  gold: [...document.querySelectorAll("td")].filter(
    (cell) => getComputedStyle(cell).backgroundColor === "rgb(255, 215, 0)").length,
  text: document.body.innerText,
})"""


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def look(chromium):
    """Open a page from disk; give what it shows, what it asked for and what it complained of."""

    def open_page(path, figures):
        context = chromium.new_context(offline=True)
        page = context.new_page()
        asked, complaints = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(path.as_uri())
        page.wait_for_function(f"document.querySelectorAll('.js-plotly-plot .main-svg').length >= {figures}")
        seen = page.evaluate(LOOK) | {"asked": asked, "complaints": complaints, "url": page.url}
        context.close()
        return seen

    return open_page


@pytest.mark.browser
def test_page_when_opened_offline_draws_every_chart_and_asks_for_nothing(workspace, look):
    """Three figures, WebGL included, and a styled table stand there under a policy that lets nothing out."""
    run = run_report("plot", workspace=workspace, progress=False)

    seen = look(run.html, 3)

    assert seen["drawn"] == 3
    assert seen["inked"] == [True]
    assert seen["gold"] == 1
    assert seen["asked"] == [run.html.as_uri()]
    assert seen["complaints"] == []
    assert run.html.read_text(encoding="utf-8").count("<script") - 1 == 2


@pytest.mark.browser
def test_page_when_outputs_are_hostile_runs_none_of_them(workspace, look):
    """Scripts, handlers, frames, redirects, forms and foreign styles in outputs and prose do nothing."""
    with pytest.raises(NotebookFailed):
        run_report("hostile", workspace=workspace, progress=False)
    (run,) = list_runs(workspace=workspace)

    seen = look(run.html, 1)

    assert seen["pwned"] is None
    assert seen["drawn"] == 1
    assert seen["asked"] == [run.html.as_uri()]
    assert seen["url"] == run.html.as_uri()
    assert "ValueError" in seen["text"]


def page_of(*outputs):
    made = [nbformat.v4.new_output("display_data", data=data) for data in outputs]
    cell = nbformat.v4.new_code_cell("print('the source')", outputs=made)
    return render_page(nbformat.v4.new_notebook(cells=[cell]), {"report": "</title><script>", "status": "ok"})


def test_page_when_rendered_hides_inputs_and_closes_itself_to_all_but_its_own_scripts():
    """No input, no address outside, a policy with a nonce."""
    page = page_of({"text/plain": "42"})

    assert "the source" not in page
    assert re.search(r"default-src 'none'; script-src 'nonce-[\w-]{20,}'", page)
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="https?:', page)


@pytest.mark.parametrize(("kind", "compiled"), [("scatter", False), ("candlestick", False), ("scattergl", True)])
def test_page_when_a_chart_needs_compiled_programs_alone_allows_them(kind, compiled):
    """A page of ordinary charts runs under the stricter policy."""
    page = page_of({"application/vnd.plotly.v1+json": {"data": [{"type": kind}], "layout": {}}})

    assert ("'unsafe-eval'" in page.partition("</head>")[0]) is compiled


def test_page_when_it_holds_no_chart_is_small():
    """plotly.js is paid for by charts only."""
    assert len(page_of({"text/plain": "42"})) < 400_000


def test_page_when_a_live_widget_was_shown_falls_back_to_its_text():
    """A widget needs a kernel; a page that has none shows what it says of itself."""
    page = page_of({"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "GridForm(…)"})

    assert "GridForm(…)" in page
    assert "widget-view" not in page


def test_page_when_a_figure_holds_markup_keeps_it_inside_its_data():
    """A figure's own text cannot end the script element its data stands in."""
    figure = {"data": [], "layout": {"title": {"text": "</script><script>x()</script>"}}}
    page = page_of({"application/vnd.plotly.v1+json": figure})

    stored = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert json.loads(stored[1])[0]["layout"] == figure["layout"]


@pytest.mark.parametrize(
    ("height", "pixels"),
    [(300, 300), (300.6, 300), ("tall", 450), (None, 450), (True, 450), (float("nan"), 450), ([1], 450), (-3, 450)],
)
def test_page_when_a_figures_height_is_no_number_gives_it_the_usual_one(height, pixels):
    """A height plotly would not take does not keep the rest of the page from the reader."""
    page = page_of({"application/vnd.plotly.v1+json": {"data": [], "layout": {"height": height}}})

    assert f"min-height: {pixels}px" in page


@pytest.mark.parametrize("figure", ["a figure", [1], 3, None])
def test_page_when_a_figure_is_no_mapping_shows_its_text_instead(figure):
    """There is nothing to draw, so what else the output holds is shown."""
    page = page_of({"application/vnd.plotly.v1+json": figure, "text/plain": "Figure(…)"})

    assert "Figure(…)" in page
    assert "okxlab-figures" not in page


@pytest.mark.parametrize(
    "figure",
    [{"layout": 3}, {"config": "x"}, {"data": "x"}, {"data": ["x", None]}, {"data": [{"type": ["scatter"]}]}, {}],
)
def test_page_when_a_part_of_a_figure_is_of_the_wrong_kind_is_rendered_all_the_same(figure):
    """The figure keeps its place, whatever plotly makes of it."""
    assert page_of({"application/vnd.plotly.v1+json": figure}).count('class="okxlab-figure"') == 1


@pytest.mark.parametrize(
    "markup",
    [
        "<script>x()</script>",
        "<scr<script>ipt>x()</script>",
        "<img src=x onerror=x()>",
        "<svg onload=x()><script>x()</script></svg>",
        "<a href='javascript:x()'>a</a>",
        "<a href='data:text/html,<script>x()</script>'>a</a>",
        "<meta http-equiv=refresh content='0;url=http://e'>",
        "<base href='http://e'><link rel=prefetch href='http://e'>",
        "<iframe srcdoc='<script>x()</script>'></iframe>",
        "<form action='http://e'><input autofocus onfocus=x()></form>",
        "<style><img src=x onerror=x()></style>",
        "<style></style><script>x()</script>",
        "<style>@import 'http://e'; b {background: u\\72l(http://e)}</style>",
        "<noscript><p title='</noscript><img src=x onerror=x()>'></noscript>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=x()&gt;'>",
        "<object data='http://e'></object><embed src='http://e'>",
        "<img src='http://e/pixel.png'><img srcset='http://e/p.png 2x'>",
    ],
)
def test_clean_when_markup_could_act_or_fetch_takes_that_away(markup):
    """Nothing that runs, frames, redirects or fetches is left as markup."""
    left = clean(f"<b>kept</b>{markup}")

    assert left.startswith(("<b>kept</b>", "<style></style><b>kept</b>"))
    tags = re.findall(r"<\s*/?\s*([a-z0-9]+)([^>]*)>", left, re.IGNORECASE)
    assert {name for name, _ in tags} <= {"b", "a", "img", "style", "p", "table"}
    assert not any(re.search(r"\bon\w+\s*=|javascript:|http://e|data:text", rest) for _, rest in tags)


def test_clean_when_markup_is_a_styled_table_keeps_it_whole():
    """Tables of pandas keep their cells, classes and colours."""
    table = '<style>#t td {color: red}</style><table id="t"><tbody><tr><td class="a" style="color: red;">1</td></tr>'

    assert clean(f"{table}</tbody></table>") == f"{table}</tbody></table>"
