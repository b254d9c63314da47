"""Placing the grid of a form on the paper exchange: preview, one confirmation, one ladder, status, stop."""

from collections.abc import Callable
from decimal import Decimal
from typing import Literal

import ipywidgets

from okxlab.errors import OkxlabError, OrderDenied, SpecError
from okxlab.grid import GridSpec, Plan
from okxlab.model import plain
from okxlab.trading import GridBot, balances, start_grid
from okxlab.widgets.controls import button, html, on_click, row, section
from okxlab.widgets.desk import Desk
from okxlab.widgets.handlers import attempt
from okxlab.widgets.notice import Notice
from okxlab.widgets.placement import PREVIEW_LIFE_MS, Intent, Placement
from okxlab.widgets.status_panel import StatusPanel
from okxlab.widgets.views import heading, preview_view


class PlacePanel:
    """Places what its preview showed, once.

    Parameters
    ----------
    desk
        What the form's parts share.
    read
        Called when price and fees were read anew.
    """

    def __init__(self, desk: Desk, read: Callable[[], None]) -> None:
        words, self._desk, self._read = desk.words, desk, read
        self.placement = Placement()
        self.worker = desk.worker()
        self._paper = desk.session.profile.name == "paper"
        self.accept = ipywidgets.Checkbox(
            description=words("accept_losing"), indent=False, layout=ipywidgets.Layout(width="100%", display="none")
        )
        self.accept.add_class("okx-accept-losing")
        self.buttons = {
            "place": self._button("place", self._ask, kind="primary"),
            "take_up": self._button("take_up", self._take_up, kind="primary"),
            "stop": self._button("stop", self._stop, kind="danger"),
            "refresh": self._button("refresh", self._refresh),
        }
        self.error = Notice("error", "okx-error-place", "okx-error-wide")
        self.note = Notice("note", "okx-place-note")
        self._preview = section("preview")
        self.status = StatusPanel(desk, self.placement, self.worker, self._arrange)
        self._bar = row(self.buttons["take_up"], self.buttons["stop"], self.buttons["refresh"])
        self.accept.observe(lambda _: attempt(self.withdraw, self._show, desk.unexpected), "value")
        self.widget = section(
            "place-part",
            html("head-place", heading(words("head_place"))),
            self.accept,
            row(self.buttons["place"], self.note.widget),
            self.error.widget,
            self._preview,
            self.status.error.widget,
            self.status.table,
            self._bar,
        )
        if not self._paper:
            self.note.show(words("paper_only", profile=desk.session.profile.name))
        self._arrange()

    def withdraw(self) -> None:
        """Take a preview back: the values it showed are no longer those of the form."""
        if self.placement.disarm():
            self.note.show(self._desk.words("changed", place=self._desk.words("place")))
        self._arrange()

    def offer_losing(self, *, offered: bool) -> None:
        """Show the box that accepts losing steps, or take it and its tick away."""
        self.accept.layout.display = None if offered else "none"
        if not offered:
            self.accept.value = False

    def _ask(self) -> None:
        words = self._desk.words
        self.placement.settle()
        if not self._paper or not self.placement.free:
            raise OrderDenied(words("runs_already"), words("runs_fix"))
        bot = self.placement.bot
        if bot is not None and self.placement.abandoned and bot.ladder.spec == self._desk.fields.spec():
            raise OrderDenied(words("rests_still"), words("rests_fix", take_up=words("take_up")))
        if self.placement.state == "idle":
            self.worker.submit("preview", self._show_preview, self._show, once=True)

    def _show_preview(self, why: str = "") -> None:
        """Read the market and show what would be placed, and ``why`` it is shown again."""
        desk, shown = self._desk, self._shown()
        spec, accepted = desk.fields.spec(), bool(self.accept.value)
        self._say("preparing")
        read_ms = desk.clock.now_ms()
        plan = desk.snapshots.of(spec.symbol, fresh=True).plan(spec)
        self._read()
        if not plan.pays and not accepted:
            raise SpecError(plan.warnings[0], desk.words("losing_fix"))
        available = self._available(plan.ladder.instrument.quote)
        made = plan.ladder
        losing: Literal["accept", "refuse"] = "accept" if accepted else "refuse"
        nonce = self.placement.arm(Intent(spec, losing, made.launch_units, made.launch_price, read_ms))
        if not nonce or self._shown() != shown:  # a key was typed meanwhile
            self.withdraw()
            return
        self._preview.children = self._question(plan, available, nonce)
        self._say("")
        self.note.show(why)
        self._arrange()

    def _shown(self) -> tuple[dict[str, str], bool]:
        return self._desk.fields.value, bool(self.accept.value)

    def _question(self, plan: Plan, available: Decimal, nonce: str) -> tuple[ipywidgets.Widget, ...]:
        # New buttons for each preview: a click that was meant for an older one carries the older nonce.
        self.buttons["confirm"] = self._button("confirm", lambda: self._confirm(nonce), kind="warning")
        self.buttons["cancel"] = self._button("cancel", self._cancel)
        view = html("preview-view", preview_view(plan, available, self._desk.words))
        return view, row(self.buttons["confirm"], self.buttons["cancel"])

    def _confirm(self, nonce: str) -> None:
        intent = self.placement.take(nonce)
        if intent is not None:
            self._say("placing")
            self._arrange()
            self.worker.submit("place", lambda: self._place(intent), self._show)

    def _place(self, intent: Intent) -> None:
        """Place what the preview showed, or show it anew when the market made something else of it."""
        try:
            why = self._outdated(intent)
        except BaseException:
            self.placement.failed()
            raise
        if why:
            self.placement.failed()
            self._show_preview(why)
        else:
            self._start(intent.spec, intent.losing_steps)

    def _outdated(self, intent: Intent) -> str:
        """Give the sentence that says why a preview is not to be placed, "" when it is."""
        desk = self._desk
        fresh = desk.snapshots.of(intent.spec.symbol, fresh=True).plan(intent.spec)
        reason, made = intent.outdated(fresh, desk.clock.now_ms()), fresh.ladder
        values = {
            "seconds": PREVIEW_LIFE_MS // 1000,
            "before": plain(intent.price),
            "now": plain(made.launch_price),
            "units": made.launch_units,
            "expected": intent.launch_units,
        }
        return desk.words(reason, **values) if reason else ""

    def _start(self, spec: GridSpec, losing_steps: Literal["refuse", "accept"]) -> None:
        try:
            bot = start_grid(self._desk.session, spec, losing_steps=losing_steps)
        except BaseException:
            self.placement.failed()
            raise
        self.placement.placed(bot)
        self._say("")
        self._arrange()
        self.status.read()

    def _take_up(self) -> None:
        bot = self.placement.retake()
        if bot is not None:
            self._say("taking_up")
            self._arrange()
            # A ladder that rests was accepted when it was placed; one the exchange forgot is asked about again.
            self.worker.submit("place", lambda: self._start(bot.ladder.spec, "refuse"), self._show)

    def _cancel(self) -> None:
        self.placement.disarm()
        self._say("")
        self._arrange()

    def _stop(self) -> None:
        self.placement.settle()
        bot = self.placement.begin_stop()
        if bot is None:
            self.status.read_soon()  # perhaps it failed a moment ago: then it says so
        else:
            self._say("stopping")
            self._arrange()
            self.worker.submit("stop", lambda: self._end(bot), self._show)

    def _end(self, bot: GridBot) -> None:
        try:
            cancelled = bot.stop()
        except OrderDenied:  # it failed in this moment: the status says why, and what to do
            self.placement.stop_failed()
            self._say("")
            self.status.read()
            return
        except BaseException:
            self.placement.stop_failed()
            raise
        self.placement.stopped()
        self._say("stopped", cancelled=len(cancelled))
        self._arrange()
        self.status.read()

    def _refresh(self) -> None:
        self.status.read_soon()

    def _available(self, currency: str) -> Decimal:
        table = balances(self._desk.session)
        return Decimal(table["available"].get(currency, Decimal(0)))

    def _button(self, name: str, action: Callable[[], None], *, kind: str = "") -> ipywidgets.Button:
        made = button(self._desk.words(name), name, kind=kind)
        on_click(made, action, self._show, self._desk.unexpected)
        return made

    def _say(self, name: str, **values: object) -> None:
        """Say how it goes, and take back what went wrong before."""
        self.note.show(self._desk.words(name, **values) if name else "")
        self.error.show("")

    def _show(self, error: OkxlabError) -> None:
        self.note.show("")
        self.error.show(str(error))
        self._arrange()

    def _arrange(self) -> None:
        """Show the buttons that have a meaning now."""
        self.placement.settle()
        state = self.placement.state
        self.buttons["place"].disabled = not (self._paper and self.placement.free)
        self.buttons["stop"].disabled = state != "running"
        if state != "armed":
            self._preview.children = ()
        self._preview.layout.display = None if state == "armed" else "none"
        self.buttons["take_up"].layout.display = None if self.placement.abandoned else "none"
        self._bar.layout.display = None if self.placement.bot is not None else "none"
