"""limits.toml: read when it changes, strict about what it says, and no order leaves while it is damaged."""

import os
from decimal import Decimal

import pytest

from okxlab.errors import ConfigError, OrderDenied
from okxlab.trading.guards.exposure import Exposure
from okxlab.trading.guards.guard import Guard, NoFlags, NoLeaveNeeded
from okxlab.trading.guards.limits import TIGHT, WIDE
from okxlab.trading.guards.limits_file import LimitsFile


@pytest.fixture
def file(tmp_path):
    return tmp_path / "limits.toml"


def test_without_a_file_the_built_in_limits_hold(file):
    """Paper is wide, demo and live are tight."""
    assert [LimitsFile(file, name, "hand")() for name in ("paper", "demo", "live")] == [WIDE, TIGHT, TIGHT]


def test_what_is_set_goes_first_and_the_rest_stays_built_in(file):
    """A table changes its own profile alone, exactly, and says where it stands."""
    file.write_text('[live]\norder = 0.1\nday = "20_000"\ninstruments = ["SOL/USDT"]\n')

    live, demo = LimitsFile(file, "live", "hand")(), LimitsFile(file, "demo", "hand")()

    assert (live.order, live.day, live.instruments) == (Decimal("0.1"), Decimal(20_000), frozenset({"SOL-USDT"}))
    assert (live.open, live.where) == (TIGHT.open, f"[live] in {file}")
    assert (demo.order, demo.instruments) == (TIGHT.order, TIGHT.instruments)


def test_a_strategy_has_limits_of_its_own(file):
    """The longest name that fits goes first, over those of its profile, over those built in."""
    file.write_text(
        "[live]\norder = 1\nday = 9\n[live.strategies.grid]\norder = 2\n[live.strategies.grid-eth]\norder = 3\n"
    )
    orders = {
        name: LimitsFile(file, "live", name)().order for name in ("hand-1", "grid", "grid-btc", "grid-eth-2", "gridx")
    }

    assert orders == {"hand-1": 1, "grid": 2, "grid-btc": 2, "grid-eth-2": 3, "gridx": 1}
    grid = LimitsFile(file, "live", "grid")()
    assert (grid.strategies, grid.where) == ("grid", f"[live.strategies.grid] in {file}")
    assert (grid.day, grid.account) == (None, LimitsFile(file, "live", "hand-1")())
    assert (grid.account.day, grid.account.where) == (9, f"[live] in {file}")


def test_all_instruments_may_be_allowed_in_words(file):
    """A star stands for every instrument, an empty list for none."""
    file.write_text('[live]\ninstruments = ["*"]\n[demo]\ninstruments = []\n')

    assert LimitsFile(file, "live", "hand")().instruments is None
    assert LimitsFile(file, "demo", "hand")().instruments == frozenset()


def test_a_running_strategy_obeys_a_changed_file_at_once(file):
    """Each change holds for the next order, and an empty file gives the built-in limits back."""
    limits = LimitsFile(file, "live", "hand")
    seen = [limits().order]
    for text in ("[live]\norder = 7", "[live]\norder = 8", ""):
        file.write_text(text)
        os.utime(file, ns=(len(seen), len(seen)))
        seen.append(limits().order)

    assert seen == [500, 7, 8, 500]


@pytest.mark.parametrize("profile", ["paper", "demo", "live"])
def test_a_file_that_is_gone_stops_orders_until_it_is_back(file, market, clock, buy, profile):
    """Its limits were meant: nobody loosens or changes them by losing the file, whoever asks first afterwards."""
    file.write_text(f"[{profile}]\norder = 400")
    guard = Guard(LimitsFile(file, profile, "hand"), market, NoFlags(), NoLeaveNeeded(), clock)
    guard.check([buy()], lambda _: Exposure())

    file.unlink()
    for asking in (guard, Guard(LimitsFile(file, profile, "once"), market, NoFlags(), NoLeaveNeeded(), clock)):
        with pytest.raises(OrderDenied, match=r"limits\.toml was there and is gone\. Put it back"):
            asking.check([buy()], lambda _: Exposure())

    file.write_text("")
    assert guard.check([buy()], lambda _: Exposure())


def test_a_link_that_leads_nowhere_is_no_absent_file(file):
    """Limits on a disk that is not there were meant, too."""
    file.symlink_to(file.parent / "disk" / "limits.toml")

    with pytest.raises(ConfigError, match="is gone"):
        LimitsFile(file, "live", "hand")()


REFUSED = [
    ("[live]\nordr = 5", r"The limit live\.ordr in .*limits\.toml is none that okxlab knows"),
    ("[real]\norder = 5", r"The limit real in .* is none that okxlab knows"),
    ("order = 5", r"The limit order in .* is none that okxlab knows"),
    ("[live.strategies.a]\nfee = 5", r"The limit live\.strategies\.a\.fee in .* is none that okxlab knows"),
    ("[live]\norder = -1", r"The limit live\.order in .* cannot be used: .*greater than or equal to 0"),
    ("[live]\norder = nan", r"The limit live\.order in .* cannot be used: .*not a number"),
    ("[live]\norder = true", r"The limit live\.order in .* cannot be used"),
    ('[live]\norder = "1,000"', r"The limit live\.order in .* cannot be used: .*'1,000', which is not a number"),
    ("[live]\nprice_band = 5", r"The limit live\.price_band in .* cannot be used: .*less than 1"),
    ("[live]\nrules_age = 61", r"The limit live\.rules_age in .* cannot be used: .*less than or equal to 60"),
    ("[live]\nopen_orders = 1.5", r"The limit live\.open_orders in .* cannot be used"),
    ('[live]\ninstruments = "BTC-USDT"', r"The limit live\.instruments in .* cannot be used"),
    ('[live]\ninstruments = ["BTC"]', r"The limit live\.instruments\.0 in .* cannot be used"),
    ("[live\norder = 5", r"limits\.toml is not TOML: .* Mend that line; no order leaves before"),
    ("[paper]\nordr = 5", r"The limit paper\.ordr"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED)
def test_a_file_that_says_what_it_must_not_is_refused(file, text, says):
    """Unknown names, also of other profiles, and values that cannot be meant are named."""
    file.write_text(text)

    with pytest.raises(ConfigError, match=says):
        LimitsFile(file, "live", "hand")()


def test_a_damaged_file_stops_orders_until_it_is_mended(file, market, clock, buy):
    """Limits read before do not hold on; a mended file holds at once."""
    guard = Guard(LimitsFile(file, "live", "hand"), market, NoFlags(), NoLeaveNeeded(), clock)
    file.write_text("[live]\norder = 400")
    assert guard.check([buy()], lambda _: Exposure())

    file.write_bytes(b"\xff\xfe")
    for _ in range(2):
        with pytest.raises(OrderDenied, match=r"limits\.toml cannot be read .*no order leaves before"):
            guard.check([buy()], lambda _: Exposure())

    file.write_text("[live]\norder = 300")
    assert guard.check([buy()], lambda _: Exposure())


def test_refusal_says_where_the_limit_stands(file, market, clock, buy):
    """Who meets a limit of the file is told its table and the file."""
    file.write_text("[live]\norder = 299.99")
    guard = Guard(LimitsFile(file, "live", "hand"), market, NoFlags(), NoLeaveNeeded(), clock)

    with pytest.raises(OrderDenied) as caught:
        guard.check([buy()], lambda _: Exposure())

    assert str(caught.value) == (
        f"This order is worth 300 USDT, which is more than 299.99 USDT: the limit order stands under [live] in {file}. "
        "Place less, or change it there."
    )


def test_a_file_that_may_not_be_read_stops_orders(file):
    """A folder in its place is no absent file."""
    file.mkdir()

    with pytest.raises(ConfigError, match="cannot be read"):
        LimitsFile(file, "live", "hand")()
