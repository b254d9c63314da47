"""How the placed grid stands: read every few seconds, and what to do once it no longer rotates."""

from collections.abc import Callable
from dataclasses import replace

from okxlab.errors import OkxlabError
from okxlab.trading import BotStatus, GridBot
from okxlab.widgets.controls import html
from okxlab.widgets.desk import Desk
from okxlab.widgets.notice import Notice
from okxlab.widgets.placement import Placement
from okxlab.widgets.views import status_view
from okxlab.widgets.worker import Worker

_PULSE_SECONDS = 5.0


class StatusPanel:
    """Shows the figures of the bot placed last.

    Parameters
    ----------
    desk
        What the form's parts share.
    placement
        Whose bot is shown.
    worker
        The thread that reads.
    arrange
        Called after each reading: what the buttons may do can have changed.
    """

    def __init__(self, desk: Desk, placement: Placement, worker: Worker, arrange: Callable[[], None]) -> None:
        self._desk, self._placement, self._worker, self._arrange = desk, placement, worker, arrange
        self._last: BotStatus | None = None
        self.error = Notice("error", "okx-error-status", "okx-error-wide")
        self.table = html("status")

    def read_soon(self, after: float = 0.0) -> None:
        """Have the status read in the background; `Worker.wait` does not wait for a reading that lies ahead."""
        self._worker.submit("status", self.read, self._show, after=after, quiet=after > 0)

    def read(self) -> None:
        """Read and show how the bot stands; while it runs, do so again in a while, whatever went wrong this time."""
        bot = self._placement.bot
        if bot is None:
            return
        if self._placement.state == "running":
            self.read_soon(_PULSE_SECONDS)
        trouble = ""
        try:
            self._last = bot.status()
        except OkxlabError as error:
            trouble = str(error)
        self._draw(bot)
        self.error.show(self._ended(bot) or self._troubled(bot) or trouble)
        self._arrange()

    def _draw(self, bot: GridBot) -> None:
        """Show the newest figures there are of this bot, under the state it is in now."""
        if self._last is None or self._last.run != bot.run:
            self.table.value = ""
            return
        status = replace(self._last, state=bot.state)
        self.table.value = status_view(status, bot.ladder.instrument.quote, self._desk.words)

    def _ended(self, bot: GridBot) -> str:
        """Say why the bot no longer rotates and what to do, "" while it does or when it was stopped."""
        words = self._desk.words
        if bot.state == "failed":
            return words("bot_failed", error=bot.error, take_up=words("take_up"))
        return words("bot_left", take_up=words("take_up")) if bot.state == "left" else ""

    def _troubled(self, bot: GridBot) -> str:
        """Say what troubles a bot that runs, and since when."""
        error, since = bot.error, bot.since
        return self._desk.words("bot_troubled", error=error, since=f"{since:%H:%M:%S}") if error and since else ""

    def _show(self, error: OkxlabError) -> None:
        self.error.show(str(error))
        self._arrange()
