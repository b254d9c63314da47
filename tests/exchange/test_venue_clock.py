"""The exchange's clock: read by the shortest trip, believed only within bounds, and gone on with by monotonic time."""

import time
from email.utils import formatdate

import pytest

from okxlab.errors import Blocked, Unreachable, Unreadable
from okxlab.exchange import prepare, read, sync_clock
from okxlab.exchange.venue_clock import Reading, VenueClock
from tests.exchange.conftest import Stopwatch, tells
from tests.exchange.test_permit import ORDER

TIME = "/api/v5/public/time"


def shows(ahead, date_ahead=None):
    """Give the answer of an exchange whose clock, and Date header, are so many seconds ahead of this machine's."""
    now = time.time()
    status, _, body = tells(ts=str(int((now + ahead) * 1000)))
    return status, {"Date": formatdate(now + (ahead if date_ahead is None else date_ahead), usegmt=True)}, body


@pytest.mark.parametrize("ahead", [-4, 0, 4])
def test_exchange_time_is_known_within_the_trip(keyed, ahead):
    """Some seconds of difference are measured, and the session goes by the exchange's clock."""
    session, server = keyed()
    server.answers[TIME] = shows(ahead)

    assert sync_clock(session, older_than=0) == pytest.approx(ahead * 1000, abs=200)
    assert session.transport.now_ms() / 1000 - time.time() == pytest.approx(ahead, abs=0.2)


@pytest.mark.parametrize(("ahead", "side"), [(-8, "ahead of"), (8, "behind")])
def test_machine_some_seconds_off_is_warned_of(keyed, ahead, side):
    """From five seconds on the user is told which way this machine's clock is wrong."""
    session, server = keyed()
    server.answers[TIME] = shows(ahead)

    with pytest.warns(UserWarning, match=rf"[78]\.\d seconds {side}"):
        sync_clock(session, older_than=0)


@pytest.mark.parametrize("ahead", [-40, 40])
def test_machine_far_off_is_refused_at_connect(keyed, ahead):
    """Past twenty-five seconds no session opens, and nothing was signed."""
    _, server = keyed()
    server.answers[TIME] = shows(ahead)
    before = len(server.seen)

    with pytest.raises(Blocked, match=r"seconds (ahead of|behind).*timedatectl"):
        keyed()
    assert [one[1] for one in server.seen[before:]] == [TIME]


@pytest.mark.parametrize("lie", [-600, 600])
def test_time_that_its_own_date_header_denies_is_not_believed(keyed, lie):
    """A venue that says one time in two ways, ten minutes apart, is refused."""
    session, server = keyed()
    server.answers[TIME] = shows(lie, date_ahead=0)

    with pytest.raises(Unreadable, match="contradicts itself"):
        sync_clock(session, older_than=0)
    assert session.transport.now_ms() / 1000 - time.time() == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "1e12"])
def test_stamp_that_is_no_time_is_not_believed(keyed, stamp):
    """Anything but digits is no time."""
    session, server = keyed()
    server.answers[TIME] = tells(ts=stamp)

    with pytest.raises(Unreadable, match="gave its time as"):
        sync_clock(session, older_than=0)


def test_time_read_a_moment_ago_is_not_read_again(keyed):
    """Within a minute whoever asks gets what is known."""
    session, server = keyed()
    before = len(server.seen)
    sync_clock(session)

    assert len(server.seen) == before


def test_setting_this_machines_clock_does_not_move_the_exchanges():
    """Between two readings monotonic time counts; a jump makes the reading old, not wrong."""
    watch = Stopwatch()
    wall = [1_700_000_000_000]
    watch.now_ms = lambda: wall[0]
    clock = VenueClock(watch)
    clock.set(clock.reading(1_700_000_002_000, watch.now, 0.0))
    watch.sleep(10)
    wall[0] += 10_000
    assert clock.fresh(60)
    wall[0] -= 3_600_000

    assert clock.now_ms() == 1_700_000_012_000
    assert not clock.fresh(60)


def test_reading_counts_from_the_middle_of_its_trip():
    """A stamp that took two seconds is of one second ago, and known no better than that."""
    watch = Stopwatch()
    clock = VenueClock(watch)
    asked = watch.now
    watch.sleep(2)
    clock.set(clock.reading(5_000_000, asked, 2.0))

    assert (clock.now_ms(), clock.margin_ms) == (5_001_000, 1000)


def test_read_signed_by_a_clock_that_went_wrong_is_repeated_once(keyed):
    """After 50102 the time is read anew and the read repeated; when it stays, the error says so."""
    session, server = keyed()
    server.answers["/api/v5/account/balance"] = (401, {}, '{"code":"50102","msg":"Timestamp request expired"}')
    before = len(server.seen)

    with pytest.raises(Exception, match="50102"):
        read(session, "privateGetAccountBalance")
    asked = [path for _, path, *_ in server.seen[before:]]
    assert asked == ["/api/v5/account/balance", TIME, "/api/v5/account/balance"]


@pytest.mark.proof
def test_venue_that_is_slow_to_tell_its_time_is_not_gone_by(keyed):
    """A trip of more than four seconds tells no time, however often it is made."""
    session, server = keyed()
    server.answers[TIME] = lambda: (time.sleep(4.2), shows(0))[1]

    with pytest.raises(Unreachable, match="to tell its time"):
        sync_clock(session, older_than=0)


@pytest.mark.parametrize(("path", "asked"), [("trade/order", [TIME]), ("trade/cancel-order", [])])
def test_clock_is_read_again_before_what_expires_and_holds_no_cancellation_up(keyed, path, asked):
    """A minute after the last reading an order is prepared by a new one; a cancellation needs none."""
    session, server = keyed()
    now = time.monotonic()
    session.transport.time.set(Reading(int((time.time() - 61) * 1000), int((time.time() - 61) * 1000), now - 61, 1))
    before = len(server.seen)
    prepare(session, path, [ORDER])

    assert [one[1] for one in server.seen[before:]] == asked
