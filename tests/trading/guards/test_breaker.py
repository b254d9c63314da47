"""Who is told that the account may not trade, or three times in a minute that money lacks, stops asking."""

import pytest

from okxlab.exchange import Outcome
from okxlab.trading.guards.breaker import BARRED, BROKE


def told(guard, code):
    return guard.saw([Outcome("rejected", "a", code=code)])


@pytest.mark.parametrize("code", sorted(BROKE))
def test_third_rejection_within_a_minute_halts(make_guard, clock, code):
    """The third rejection for want of money within 60 s gives a reason to halt, and names the code."""
    guard, said = make_guard(), []
    for _ in range(3):
        said.append(told(guard, code))
        clock.move(30)

    assert said[:2] == ["", ""]
    assert said[2] == f"the exchange said 3 times in 60 seconds that there is not enough money ({code})"


def test_slow_or_other_rejections_do_not_halt(make_guard, clock):
    """Three in 61 s are no storm, nor is another code between."""
    guard, said = make_guard(), []
    for code in ("51008", "51006", "51008", "51000", "51008"):
        said.append(told(guard, code))
        clock.move(15.5)

    assert said == [""] * 5


def test_after_a_halt_it_counts_anew(make_guard):
    """Whoever resumes has three tries again."""
    guard = make_guard()
    said = [bool(told(guard, "51008")) for _ in range(6)]

    assert said == [False, False, True, False, False, True]


@pytest.mark.parametrize("code", sorted(BARRED))
def test_first_rejection_that_bars_the_account_halts(make_guard, code):
    """An account that is frozen or restricted is not tried again, and the reason says what to do (F27)."""
    assert told(make_guard(), code).startswith(f"the exchange does not let this account trade ({code}). ")
