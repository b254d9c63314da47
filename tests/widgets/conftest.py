"""A paper exchange for the forms' tests, and forms that leave no ladder behind."""

import ipywidgets
import pytest

import okxlab
from okxlab.clock import SystemClock

STILL = "[paper]\nspeed = 1e-9\n"  # a market that stands, as its next price is centuries away


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paper")
    (folder / "okxlab.toml").write_text(STILL)
    return folder


@pytest.fixture(scope="session")
def session(workspace):
    with okxlab.connect(workspace=workspace) as opened:
        yield opened


@pytest.fixture
def form(session):
    made = okxlab.GridForm(session)
    yield made
    made.wait()
    if made.bot is not None and made.bot.state in {"failed", "left"}:
        okxlab.start_grid(session, made.bot.ladder.spec).stop()
    elif made.bot is not None:
        made.bot.stop()
    ipywidgets.Widget.close_all()  # ipywidgets keeps every widget that was not closed, and they slow the next ones


class Wristwatch:
    """The machine's clock, set forward by hand."""

    def __init__(self):
        self.ahead_ms = 0

    def now_ms(self):
        return SystemClock().now_ms() + self.ahead_ms

    def monotonic(self):
        return SystemClock().monotonic()

    def sleep(self, seconds):
        SystemClock().sleep(seconds)


@pytest.fixture
def watch():
    return Wristwatch()


@pytest.fixture
def press():
    """Give a function that clicks a button of a form, once or more often, and waits until all is done."""

    def clicked(form, name, times=1):
        button = form.buttons[name]
        for _ in range(times):
            button.click()
        assert form.wait()

    return clicked


@pytest.fixture
def placed(form):
    """Give a form whose grid runs."""
    form.buttons["place"].click()
    form.wait()
    form.buttons["confirm"].click()
    form.wait()
    assert form.bot is not None, form.errors
    return form


def walk(widget):
    """Give a widget and all that is in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


@pytest.fixture(scope="session")
def inside():
    return walk


@pytest.fixture
def page(request):
    """Give what a form shows now, the test's ``form`` unless another is named, as one HTML text without its styles."""

    def shown(one=None):
        form = one or request.getfixturevalue("form")
        texts = [widget.value for widget in walk(form.widget) if isinstance(widget, ipywidgets.HTML)]
        return "\n".join(text for text in texts if "<style>" not in text)

    return shown
