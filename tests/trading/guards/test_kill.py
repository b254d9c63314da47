"""The kill switch: a file that stands stops every process, whatever is in it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from decimal import Decimal

import pytest

from okxlab.clock import SystemClock
from okxlab.errors import ConfigError, OrderDenied, Unreachable
from okxlab.model import Order
from okxlab.trading.guards.exposure import Exposure
from okxlab.trading.guards.flags import FileFlags, KillSwitch
from okxlab.trading.guards.kill import press


@pytest.fixture
def switch(tmp_path):
    return KillSwitch((tmp_path / "user", tmp_path / "work"), own="killed-ab12.json", all="killed.json")


def orders(*names):
    return [Order("BTC-USDT", "buy", name, name, "live", Decimal(1), Decimal(1), Decimal(0), None, 0) for name in names]


@pytest.mark.parametrize("everywhere", [False, True])
def test_press_stops_orders_and_lift_lets_them_go(switch, make_guard, buy, clock, everywhere):
    """While the flag stands neither the check nor the last look before the send lets an order pass."""
    guard = make_guard(flags=switch.flags())
    guard.check([buy()], lambda _: Exposure())
    guard.recheck()

    stand, wrong = switch.press("it ran away", clock, everywhere=everywhere)

    assert wrong == []
    assert [file.stat().st_mode & 0o777 for file in stand] == [0o600, 0o600]
    for act in (lambda: guard.check([buy()], lambda _: Exposure()), guard.recheck):
        with pytest.raises(
            OrderDenied, match=r"pressed at 2023-11-14T22:13:20\.000Z by .*: it ran away, see .*lift_kill"
        ):
            act()
    assert switch.lift(everywhere=everywhere) == stand
    guard.recheck()


def test_flag_of_one_key_is_not_felt_by_another_and_that_of_all_is(switch, clock):
    """A key's own flag stops it alone, the flag of all keys stops it, too."""
    other = KillSwitch(switch.folders, own="killed-cd34.json", all="killed.json")

    switch.press("", clock)
    assert (bool(switch.flags().why()), other.flags().why()) == (True, "")
    switch.press("", clock, everywhere=True)
    assert other.flags().why()


def test_lifting_one_flag_leaves_the_other(switch, clock):
    """Who lifts the key's own flag is still stopped by the flag of all."""
    switch.press("", clock)
    switch.press("", clock, everywhere=True)

    switch.lift()
    assert "killed.json" in switch.flags().why()
    assert switch.lift() == []


def damage(file, how):
    """Put something there that is no well-formed flag."""
    if how == "folder":
        file.mkdir()
    elif how == "pipe":
        os.mkfifo(file)
    elif how == "dangling link":
        file.symlink_to(file.parent / "nowhere")
    else:
        file.write_bytes(how)


@pytest.mark.parametrize(
    "how", [b"", b"\xff\x00", b"{}", b"[1]", b'{"who": 1', b"null", "folder", "pipe", "dangling link"]
)
def test_damaged_flag_holds(tmp_path, how):
    """Whatever stands there under that name stops orders: empty, torn, no JSON, a folder, a pipe, a link to nothing."""
    file = tmp_path / "killed.json"
    damage(file, how)

    assert "its flag cannot be read, and holds" in FileFlags([file]).why()


def test_place_that_cannot_be_looked_at_holds(tmp_path):
    """A file where a folder should be, so that nobody can say what stands in it, stops orders."""
    (tmp_path / "user").write_text("")

    assert "cannot be read from" in FileFlags([tmp_path / "user" / "killed.json"]).why()


def test_one_place_is_enough(switch, tmp_path, clock):
    """Where one folder takes no flag, the other does, and the one that did not is named."""
    (tmp_path / "user").write_text("")

    stand, wrong = switch.press("", clock)

    assert stand == [tmp_path / "work" / "killed-ab12.json"]
    assert "was not set" in wrong[0]
    (tmp_path / "user").unlink()
    assert switch.flags().why()


def test_second_press_keeps_the_first_word(switch, clock):
    """The flag tells who pressed first, and when."""
    (first, *_), _ = switch.press("first", clock)
    clock.move(60)
    switch.press("second", clock)

    assert json.loads(first.read_text())["why"] == "first"


@pytest.mark.parametrize("reason", ["\ud800", ValueError("it ran away"), None])
def test_reason_that_is_no_text_keeps_nothing_from_stopping(switch, clock, reason):
    """Whatever is handed in as the reason, every flag is set and says when it was pressed."""
    stand, wrong = switch.press(reason, clock)

    assert (len(stand), wrong) == (2, [])
    assert "was pressed at 2023" in switch.flags().why()


def test_flag_that_cannot_be_removed_is_named(switch, tmp_path):
    """A folder in the flag's place is not lifted in silence."""
    (tmp_path / "user" / "killed-ab12.json").mkdir(parents=True)

    with pytest.raises(ConfigError, match="cannot be removed"):
        switch.lift()


def test_press_cancels_what_rests_and_looks_until_nothing_does(switch, clock):
    """Orders that come to light late are cancelled too; the report names all of them once."""
    looks = iter([orders("1", "2"), orders("2", "3"), []])
    asked = []

    report = press(switch, lambda: next(looks), lambda left: asked.append([o.order_id for o in left]), clock, "enough")

    assert asked == [["1", "2"], ["2", "3"]]
    assert [order.order_id for order in report.cancelled] == ["1", "2", "3"]
    assert (report.left, report.clear, report.problems) == ((), True, ())
    assert all(flag.exists() for flag in report.flags)


def test_order_that_was_on_its_way_is_cancelled_too(switch, clock):
    """Who waits for what left right before the press sees it arrive, and is told of nothing clear before."""
    arrived, asked = [], []

    def pending():
        asked.append(clock.monotonic())
        resting = orders("9") if clock.monotonic() - asked[0] > 2 and not arrived else []
        arrived.extend(resting)
        return resting

    report = press(switch, pending, lambda _: None, clock, late=3.5)

    assert [order.order_id for order in report.cancelled] == ["9"]
    assert (report.clear, report.seconds) == (True, 3.5)


def test_exchange_that_falls_silent_before_the_last_look_is_not_clear(switch, clock):
    """What was seen at first counts no more."""
    looks = [[]]

    def pending():
        if looks:
            return looks.pop()
        raise Unreachable("Nobody answered.")

    report = press(switch, pending, lambda _: None, clock, patience=5, late=3.5)

    assert not report.clear
    assert report.problems == ("Nobody answered.",)


def test_flag_stands_before_anything_is_asked_of_the_exchange(switch, clock):
    """The first look at the exchange already finds the switch pressed."""
    seen = []

    press(switch, lambda: seen.append(switch.flags().why()) or [], lambda _: None, clock)

    assert "kill switch was pressed" in seen[0]


def test_exchange_that_answers_late_is_asked_again(switch, clock):
    """Errors of reading and cancelling are reported, and do not end it."""
    answers = iter([Unreachable("Nobody answered."), orders("1"), Unreachable("Nobody answered."), orders("1"), []])

    def pending():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    report = press(switch, pending, lambda _: None, clock)

    assert (report.clear, report.problems) == (True, ("Nobody answered.",))
    assert [order.order_id for order in report.cancelled] == ["1"]


def test_exchange_that_never_answers_leaves_a_report_that_says_so(switch, clock):
    """After its patience the report is not clear, and the flag stands all the same."""

    def pending():
        raise Unreachable("Nobody answered.")

    report = press(switch, pending, lambda _: None, clock, patience=5)

    assert not report.clear
    assert 5 <= report.seconds < 6
    assert switch.flags().why()


def test_order_that_cannot_be_cancelled_is_left_in_the_report(switch, clock):
    """What still rests at the last look is named as left, not as cancelled."""
    looks = iter([orders("1", "2"), *[orders("2")] * 10_000])

    def pending():
        clock.move(0.1)
        return next(looks)

    report = press(switch, pending, lambda _: None, clock, patience=5)

    assert [order.order_id for order in report.cancelled] == ["1"]
    assert [order.order_id for order in report.left] == ["2"]
    assert not report.clear


SENDER = textwrap.dedent("""
    import os, sys, time
    from pathlib import Path
    from okxlab.errors import OrderDenied
    from okxlab.trading.guards.flags import KillSwitch
    from okxlab.trading.guards.guard import Guard, NoLeaveNeeded
    from okxlab.clock import SystemClock
    from okxlab.trading.guards.limits import WIDE

    folder = Path(sys.argv[1])
    flags = KillSwitch((folder / "user", folder / "work"), own="killed-ab12.json", all="killed.json").flags()
    guard = Guard(lambda: WIDE, None, flags, NoLeaveNeeded(), SystemClock())
    try:
        while True:
            guard.recheck()
            os.write(1, b"%d\\n" % time.monotonic_ns())
            time.sleep(0.001)
    except OrderDenied:
        pass
""")


def test_every_process_stops_at_once(switch, tmp_path):
    """Four processes that send without pause send nothing later than 250 ms after the press (I23)."""
    senders = [
        subprocess.Popen([sys.executable, "-c", SENDER, str(tmp_path)], stdout=subprocess.PIPE) for _ in range(4)
    ]
    try:
        first = [sender.stdout.readline() for sender in senders]
        pressed = SystemClock().monotonic()
        switch.press("enough", SystemClock())
        rest = [sender.communicate(timeout=30)[0] for sender in senders]
    finally:
        for sender in senders:
            if sender.poll() is None:
                os.kill(sender.pid, signal.SIGKILL)
                sender.communicate()

    last = [int((one + more).split()[-1]) / 1e9 for one, more in zip(first, rest, strict=True)]
    print(f"last send after the press: {max(0.0, max(last) - pressed) * 1000:.1f} ms")
    assert max(last) - pressed <= 0.25
