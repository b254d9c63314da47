"""The log in a file: torn ends, other people's hands, full disks and forks."""

import os
import resource
import stat
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

import orjson
import pytest

from okxlab.errors import JournalError
from okxlab.trading.journal import FileLog, SystemDisk, read_log
from tests.trading.journal.conftest import HEADER, FilePlace

INTENT = b'{"kind":"intent","at":1,"client_id":"a1"}'
OUTCOME = b'{"kind":"outcome","at":2,"client_id":"a1"}'


@contextmanager
def no_file_longer_than(size):
    """Let the system refuse every write beyond a length, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def kinds(path: Path) -> list[str]:
    """Name what stands in a journal."""
    return [orjson.loads(payload)["kind"] for payload in read_log(path)]


def test_file_and_folders_are_for_their_owner_alone(folder):
    """0600 and 0700, whatever the umask allows."""
    before = os.umask(0)
    try:
        folder.open()
    finally:
        os.umask(before)

    modes = [stat.S_IMODE(place.stat().st_mode) for place in (folder.file, *list(folder.file.parents)[:3])]
    assert modes == [0o600, 0o700, 0o700, 0o700]


@pytest.mark.parametrize(("shared", "mode"), [("file", 0o644), ("file", 0o620), ("folder", 0o755), ("folder", 0o701)])
def test_what_others_may_read_is_refused(folder, shared, mode):
    """The error gives the command that mends it."""
    folder.open().close()
    place = folder.file if shared == "file" else folder.file.parent
    place.chmod(mode)

    with pytest.raises(JournalError, match=rf"mode {mode:04o}.*chmod {'600' if shared == 'file' else '700'} {place}"):
        folder.open()
    place.chmod(0o700)


@pytest.mark.parametrize("field", ["profile", "host", "account", "strategy"])
def test_the_journal_of_another_environment_is_refused(folder, field):
    """A file put in another's place is not opened, and stays as it is."""
    log = folder.open()
    log.append([INTENT], durable=True)
    log.close()
    other = replace(HEADER, **{field: "other"})
    before = folder.file.read_bytes()

    with pytest.raises(JournalError, match="not of"):
        FileLog.open(SystemDisk(folder.file), other, at=1)
    assert folder.file.read_bytes() == before
    folder.open()


@pytest.mark.parametrize("text", [b"", b"\0" * 512, b"\xffo" + b"\0" * 90])
def test_an_empty_file_becomes_a_journal(folder, text):
    """A crash before the first record stood leaves a file with nothing in it, or two bytes, or zeros behind them."""
    folder.file.parent.mkdir(parents=True, mode=0o700)
    folder.file.touch(mode=0o600)
    folder.file.write_bytes(text)

    assert folder.open().epoch == 1


def test_a_file_that_is_no_journal_is_left_as_it_is(folder):
    """Nothing of it is cut."""
    folder.file.parent.mkdir(parents=True, mode=0o700)
    folder.file.touch(mode=0o600)
    folder.file.write_bytes(b"somebody's notes")

    with pytest.raises(JournalError, match="is no journal"):
        folder.open()
    assert folder.file.read_bytes() == b"somebody's notes"


@pytest.mark.parametrize("left", range(1, 40, 7))
def test_a_torn_end_is_cut_at_the_next_opening(folder, left):
    """The opening tells how many bytes were taken off, and appending goes on behind it."""
    log = folder.open()
    log.append([INTENT], durable=True)
    whole = folder.file.stat().st_size
    log.append([OUTCOME], durable=False)
    log.close()
    os.truncate(folder.file, whole + left)

    again = folder.open()
    again.append([OUTCOME], durable=True)

    rows = [orjson.loads(payload) for payload in read_log(folder.file)]
    assert [row["kind"] for row in rows] == ["opened", "intent", "opened", "outcome"]
    assert rows[2]["cut"] == left


def test_a_damaged_middle_is_refused_and_nothing_is_written(folder):
    """File, record and byte are named, and the file is left for whoever mends it."""
    log = folder.open()
    log.append([INTENT, OUTCOME], durable=True)
    log.close()
    bytes_before = bytearray(folder.file.read_bytes())
    bytes_before[bytes_before.index(b"intent")] ^= 1
    folder.file.write_bytes(bytes_before)

    with pytest.raises(JournalError, match=rf"{folder.file}: record 1, at byte \d+, is damaged") as raised:
        folder.open()
    assert raised.value.record == 1
    assert folder.file.read_bytes() == bytes_before
    with pytest.raises(JournalError, match="record 1"):
        read_log(folder.file)


def test_a_disk_that_fills_up_closes_the_log_until_it_is_opened_again(folder):
    """Nothing more is taken, even what would fit; what stood stands, and the piece is cut."""
    log = folder.open()
    log.append([INTENT], durable=True)
    with no_file_longer_than(folder.file.stat().st_size + 50):
        with pytest.raises(JournalError, match="cannot be written"):
            log.append([OUTCOME], durable=True)
        with pytest.raises(JournalError, match="takes no more records"):
            log.append([], durable=True)
    with pytest.raises(JournalError, match=r"takes no more records.*Open it again"):
        log.append([OUTCOME], durable=True)
    assert kinds(folder.file) == ["opened", "intent"]

    log.close()
    folder.open().append([OUTCOME], durable=True)
    assert kinds(folder.file) == ["opened", "intent", "opened", "outcome"]


def test_a_device_without_room_is_named(folder):
    """The system's ENOSPC becomes a sentence with the file, and the next step."""
    disk = SystemDisk(folder.file)
    with Path("/dev/full").open("wb", buffering=0) as full:
        os.dup2(full.fileno(), disk._file)

        with pytest.raises(JournalError, match=rf"{folder.file} cannot be written \(No space left.*Make room"):
            disk.append(INTENT)


def test_an_opening_that_finds_no_room_lets_the_file_go(folder):
    """A log that could not be opened holds no lock."""
    with no_file_longer_than(10), pytest.raises(JournalError, match="cannot be written"):
        folder.open()

    assert folder.open().epoch == 1


class FailingDisk(SystemDisk):
    """A disk whose sync fails from the moment it is told to."""

    fails = False

    def sync(self):
        if self.fails:
            raise JournalError("The journal cannot be synced (Input/output error).")
        super().sync()


def test_a_sync_that_fails_claims_nothing_and_closes_the_log(folder):
    """After a failed sync nobody knows what is on the disk, so a second try is no answer."""
    disk = FailingDisk(folder.file)
    log = FileLog.open(disk, HEADER, at=1)
    disk.fails = True

    with pytest.raises(JournalError, match="cannot be synced"):
        log.append([INTENT], durable=True)
    disk.fails = False
    with pytest.raises(JournalError, match="takes no more records: The journal cannot be synced"):
        log.append([INTENT], durable=True)


class InterruptedDisk(SystemDisk):
    """A disk whose writer is interrupted between writing and syncing."""

    interrupted = False

    def sync(self):
        if self.interrupted:
            raise KeyboardInterrupt
        super().sync()


def test_an_interrupted_append_closes_the_log(folder):
    """The interruption goes on to whoever caused it."""
    disk = InterruptedDisk(folder.file)
    log = FileLog.open(disk, HEADER, at=1)
    disk.interrupted = True

    with pytest.raises(KeyboardInterrupt):
        log.append([INTENT], durable=True)
    with pytest.raises(JournalError, match="interrupted"):
        log.append([INTENT], durable=True)


def appended_to(folder) -> None:
    """Write behind the last record."""
    with folder.file.open("ab") as stream:
        stream.write(b"x")


def cut_short(folder) -> None:
    """Take the last byte off."""
    os.truncate(folder.file, folder.file.stat().st_size - 1)


@pytest.mark.parametrize(
    ("meddle", "says"),
    [
        (FilePlace.break_lock, "was replaced"),
        (appended_to, "Somebody else wrote"),
        (cut_short, "Somebody else wrote"),
        (lambda folder: folder.file.unlink(), "No such file"),
    ],
)
def test_a_file_somebody_meddled_with_takes_nothing(folder, meddle, says):
    """Appended to, cut, replaced or deleted: the next append fails before it writes."""
    log = folder.open()
    meddle(folder)
    before = folder.file.read_bytes() if folder.file.exists() else None

    with pytest.raises(JournalError, match=says):
        log.append([INTENT], durable=True)
    assert (folder.file.read_bytes() if folder.file.exists() else None) == before


def test_a_file_replaced_during_the_sync_claims_nothing(folder):
    """A writer that sleeps through a takeover is told so before it says that anything stands."""

    class SleepingDisk(SystemDisk):
        sleeps = False

        def sync(self):
            super().sync()
            if self.sleeps:
                folder.break_lock()

    disk = SleepingDisk(folder.file)
    log = FileLog.open(disk, HEADER, at=1)
    disk.sleeps = True

    with pytest.raises(JournalError, match="was replaced"):
        log.append([INTENT], durable=True)


def test_a_link_in_the_journals_place_is_refused(folder, tmp_path):
    """Whoever can place a link does not choose where orders are written."""
    folder.file.parent.mkdir(parents=True, mode=0o700)
    folder.file.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(JournalError, match="cannot be opened"):
        folder.open()
    assert not (tmp_path / "elsewhere").exists()


def test_a_pipe_in_the_journals_place_is_refused(folder):
    """A journal is an ordinary file."""
    folder.file.parent.mkdir(parents=True, mode=0o700)
    os.mkfifo(folder.file, 0o600)

    with pytest.raises(JournalError, match="no ordinary file"):
        folder.open()


@pytest.mark.parametrize("state", ["/proc/okxlab", "/dev/null/state"])
def test_a_place_where_nothing_can_be_made_is_named(state):
    """The system's reason is told."""
    with pytest.raises(JournalError, match=rf"{state}.*cannot be opened \("):
        SystemDisk(HEADER.place(Path(state)))


def test_a_reader_of_no_journal_is_told(tmp_path):
    """A name that leads nowhere is an error, not an empty journal."""
    with pytest.raises(JournalError, match="cannot be read"):
        read_log(tmp_path / "none.journal")


def test_a_reader_beside_a_writer_sees_whole_records(folder):
    """It takes no lock, and leaves out what is only half written."""
    log = folder.open()
    log.append([INTENT], durable=True)
    assert kinds(folder.file) == ["opened", "intent"]
    log.append([OUTCOME], durable=False)
    os.truncate(folder.file, folder.file.stat().st_size - 3)

    assert kinds(folder.file) == ["opened", "intent"]


def test_threads_that_wait_at_once_share_a_sync(folder):
    """While one sync runs the others' records gather, and the next sync serves them all."""
    arrived, counts = Barrier(9), Counter()

    class CountingDisk(SystemDisk):
        slow = False

        def sync(self):
            counts["syncs"] += 1
            if self.slow:
                self.slow = False
                arrived.wait(10)
            super().sync()

    disk = CountingDisk(folder.file)
    log = FileLog.open(disk, HEADER, at=1)
    counts.clear()
    disk.slow = True
    first = Thread(target=lambda: log.append([INTENT], durable=True))
    first.start()

    def gather():
        log.append([INTENT], durable=False)
        arrived.wait(10)
        log.append([], durable=True)

    others = [Thread(target=gather) for _ in range(8)]
    for thread in others:
        thread.start()
    for thread in (first, *others):
        thread.join()

    assert kinds(folder.file) == ["opened"] + ["intent"] * 9
    assert counts["syncs"] == 2
