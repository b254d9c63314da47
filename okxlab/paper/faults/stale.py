"""What questions would have been answered some time ago."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from okxlab.clock import Clock
from okxlab.paper.changes import Changes
from okxlab.paper.codes import Refusal
from okxlab.paper.rest.route import Act, Answer, Call

_KEPT = 1000
_MOST_QUESTIONS = 100


class Past:
    """Keeps answers, once a rule asks for old ones: of each question heard since, its answer after every turn.

    A question that was never asked before has no past: its first answer is of now.

    Parameters
    ----------
    clock
        Dates the answers.
    wanted
        Whether a rule asks for old answers; all are forgotten when none does any more.
    """

    def __init__(self, clock: Clock, wanted: Callable[[], bool]) -> None:
        self._clock = clock
        self._wanted = wanted
        self._asked: dict[str, tuple[Act, Call]] = {}
        self._answers: dict[str, deque[tuple[int, list[Any]]]] = {}

    def learn(self, act: Act, call: Call, question: str) -> None:
        """Keep a question, and its answer from now on; of many questions, the newest are kept."""
        if question not in self._asked and self._wanted():
            if len(self._asked) >= _MOST_QUESTIONS:
                oldest = next(iter(self._asked))
                del self._asked[oldest], self._answers[oldest]
            self._asked[question] = act, call
            self._answers[question] = deque(maxlen=_KEPT)
            self._note(question)

    def rows(self, call: Call, ms: int) -> list[Any] | None:
        """Give the rows a question had so many ms ago, or the oldest there are; None when it was never asked."""
        kept = self._answers.get(question_of(call))
        if not kept:
            return None
        moment = self._clock.now_ms() - ms
        older = [rows for ts, rows in kept if ts <= moment]
        return older[-1] if older else kept[0][1]

    def hear(self, changes: Changes) -> None:
        """Note what every question is answered now, after a turn that changed something for accounts."""
        if self._asked and not self._wanted():
            self._asked.clear()
            self._answers.clear()
        if changes.orders or changes.fills or changes.balances or changes.positions:
            for question in self._asked:
                self._note(question)

    def _note(self, question: str) -> None:
        act, call = self._asked[question]
        try:
            found = act(call)
        except Refusal:
            found = []
        rows = list(found.rows if isinstance(found, Answer) else found)
        self._answers[question].append((self._clock.now_ms(), rows))


def question_of(call: Call) -> str:
    """Name a question: who asks what."""
    params: Mapping[str, Any] = call.params
    return f"{call.account.uid} {call.endpoint} {sorted(params.items())}"
