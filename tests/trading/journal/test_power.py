"""Power cuts: what was durable stands, what was not is gone or whole, on a disk that forgets what was not synced."""

from hypothesis import given
from hypothesis import strategies as st

from okxlab.errors import JournalError
from okxlab.trading.journal import FileLog
from tests.trading.journal.conftest import HEADER


class ForgetfulDisk:
    """A file in memory: a power cut leaves what was synced and as much of the rest as chance will have it."""

    name = "The journal"

    def __init__(self):
        self.synced, self.rest = b"", b""

    def read(self) -> bytes:
        return self.synced + self.rest

    def append(self, data: bytes) -> None:
        self.rest += data

    def sync(self) -> None:
        self.synced, self.rest = self.read(), b""

    def cut(self, length: int) -> None:
        self.synced, self.rest = self.read()[:length], b""

    def check(self, length: int) -> None:
        if len(self.read()) != length:
            raise JournalError("Somebody else wrote.")

    def close(self) -> None:
        """Nothing is held."""

    def lose_power(self, kept: int) -> None:
        self.synced, self.rest = self.synced + self.rest[:kept], b""


steps = st.one_of(
    st.tuples(st.just("append"), st.integers(0, 4), st.booleans()),
    st.tuples(st.just("power cut"), st.integers(0, 600), st.booleans()),
)


@given(st.lists(steps, max_size=30))
def test_after_any_power_cuts_the_log_is_a_prefix_that_holds_all_that_was_durable(taken):
    """Appends of several records, durable or not, and cuts anywhere in what was not synced."""
    disk = ForgetfulDisk()
    log, written, durable, epochs = FileLog.open(disk, HEADER, at=0), [], 0, 1
    for what, number, sure in taken:
        if what == "append":
            more = [b'{"kind":"intent","n":%d}' % (len(written) + i) for i in range(number)]
            log.append(more, durable=sure)
            written += more
            durable = len(written) if sure else durable
            continue
        disk.lose_power(number)
        log, epochs = FileLog.open(disk, HEADER, at=0), epochs + 1
        stands = [payload for payload in log.payloads() if b"opened" not in payload]
        assert stands == written[: len(stands)]
        assert len(stands) >= durable
        assert log.epoch == epochs
        written, durable = stands, len(stands)
    assert [payload for payload in log.payloads() if b"opened" not in payload] == written
