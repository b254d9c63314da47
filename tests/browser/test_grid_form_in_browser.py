"""The grid form in JupyterLab, by keyboard and mouse."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

import okxlab

pytestmark = pytest.mark.browser

BURST = "button => { for (let i = 0; i < 20; i++) button.click(); }"
# Keeps every text an element had, because one that is soon replaced may be gone before anybody looks.
RECORD = """element => { window.okxSeen = [];
  new MutationObserver(() => window.okxSeen.push(element.textContent))
    .observe(element, {childList: true, subtree: true, characterData: true}); }"""
# Whether a figure takes the width of its place, give or take a rounded pixel.
FITS = """place => { const box = document.querySelector(place), drawn = box.querySelector('.main-svg');
  return Math.abs(box.clientWidth - drawn.clientWidth) <= 2; }"""


@pytest.fixture
def form(desktop, tmp_path):
    yield desktop.page
    desktop.page.locator(".okx-form").screenshot(path=tmp_path / "form.png")


def ladder_rows(page):
    return page.locator(".okx-ladder tr.okx-buy, .okx-ladder tr.okx-sell")


def test_plan_when_a_field_is_typed_into_follows_without_leaving_it(form):
    """Each key changes plan, table and figure; no Enter, no Tab."""
    expect(ladder_rows(form)).to_have_count(10)
    field = form.get_by_label("Grids", exact=True)
    field.press("Control+A")
    field.press_sequentially("16")
    expect(ladder_rows(form)).to_have_count(16)
    expect(form.locator(".okx-ladder-chart .gtitle")).to_contain_text("16 orders")
    expect(field).to_be_focused()
    expect(form.locator(".okx-plan")).to_contain_text("Minimum investment")


def test_field_when_its_text_is_hostile_shows_it_and_runs_nothing(form):
    """Markup typed into a field stands in the sentence as text."""
    field = form.get_by_label("Symbol", exact=True)
    field.fill("<img src=x onerror=\"document.title='gone'\">")
    expect(form.locator(".okx-error-symbol")).to_contain_text("<img src=x")
    assert form.locator(".okx-form img").count() == 0
    field.fill("BTC-USDT")
    expect(form.locator(".okx-error-symbol")).to_be_hidden()
    expect(ladder_rows(form)).to_have_count(16)
    assert form.title() != "gone"


def test_backtest_when_pressed_shows_progress_summary_and_figure(form):
    """The bar moves day by day, then the figures and the plot stand there."""
    form.locator(".okx-backtest-note").evaluate(RECORD)
    form.get_by_role("button", name="Backtest", exact=True).click()
    expect(form.locator(".okx-summary")).to_contain_text("Round trips")
    expect(form.locator(".okx-backtest-chart .main-svg").first).to_be_visible()
    expect(form.locator(".okx-backtest-chart .gtitle").first).to_contain_text("round trips")
    assert "3 of 7 days read" in form.evaluate("window.okxSeen")
    assert "width: 100%" in str(form.locator(".okx-progress .progress-bar").get_attribute("style"))


def test_confirm_when_clicked_twenty_times_places_one_ladder(form, session, tmp_path):
    """Every button hammered: one purchase, one ladder, and one press of Stop takes it away."""
    form.get_by_role("button", name="Place on paper").evaluate(BURST)
    expect(form.locator(".okx-preview-view")).to_contain_text("16: ")
    form.locator(".okx-form").screenshot(path=tmp_path / "preview.png")
    form.get_by_role("button", name="Confirm").evaluate(BURST)
    expect(form.locator(".okx-status")).to_contain_text("running")
    form.locator(".okx-form").screenshot(path=tmp_path / "running.png")

    placed, bought = okxlab.open_orders(session), okxlab.fills(session)

    assert len(placed) == 16
    assert [name.endswith("launch") for name in bought["client_id"]] == [True]
    form.get_by_role("button", name="Stop", exact=True).evaluate(BURST)
    expect(form.locator(".okx-place-note")).to_have_text(re.compile("^Stopped: 16 orders cancelled"))
    assert okxlab.open_orders(session).empty


@pytest.mark.parametrize("width", [1280, 700])
def test_form_when_the_window_is_wide_or_narrow_fits_into_it(form, width):
    """Nothing is cut off, and the figures are as wide as their places."""
    form.set_viewport_size({"width": width, "height": 2300})
    for chart in ("ladder", "backtest"):
        form.wait_for_function(FITS, arg=f".okx-{chart}-chart")
    assert form.locator(".okx-form").evaluate("form => form.scrollWidth <= form.clientWidth")


def test_every_control_has_an_accessible_name(form):
    """Fields are found by their labels, as a screen reader finds them."""
    for label in ("Symbol", "Low", "High", "Grids", "Investment", "Days"):
        assert form.get_by_label(label, exact=True).count() == 1, label


def test_nothing_left_this_machine_and_no_script_failed(desktop):
    """All that the page asked for was on loopback, and no error reached it."""
    outside = [url for url in desktop.asked if not url.startswith(("data:", "blob:", "about:"))]
    assert {urlsplit(url).hostname for url in outside} == {"127.0.0.1"}
    assert desktop.errors == []
