"""Frames: what comes back is what went in, a torn end is cut, and damage before it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okxlab.errors import JournalError
from okxlab.trading.journal.frame import EXTRA, MARKER, MOST, START, frame, join, read_frames

RECORDS = [b'{"kind":"opened"}', b'{"kind":"intent","px":"60000.1"}', b"", b'{"kind":"outcome"}']

payloads = st.binary(max_size=200).filter(lambda payload: MARKER not in payload)


def journal(records) -> tuple[bytes, list[int]]:
    """Frame records one behind the other, and give where each begins, the end among it."""
    data, chain, begins = b"", START, [0]
    for record in records:
        more, chain = frame(record, epoch=1, chain=chain)
        data += more
        begins.append(len(data))
    return data, begins


@given(st.lists(payloads, max_size=12), st.integers(0, 2**32 - 1))
def test_frames_read_back_are_what_was_framed(records, epoch):
    """Any payloads of any epoch come back in order, and a second reading says the same."""
    data, chain = join(records, epoch=epoch, chain=START)

    found = read_frames(data)

    assert found == (records, len(data), chain, epoch if records else 0, len(records))
    assert read_frames(data) == found


@given(st.lists(payloads, min_size=1, max_size=8), st.data())
def test_a_prefix_of_a_journal_is_a_journal(records, data):
    """Cut anywhere, a journal holds the records that were whole, and goes on from there."""
    whole, begins = journal(records)
    cut = data.draw(st.integers(0, len(whole)))

    found = read_frames(whole[:cut])

    assert found.length == max(begin for begin in begins if begin <= cut)
    assert found.payloads == records[: begins.index(found.length)]
    more, _ = frame(b"next", epoch=2, chain=found.chain)
    assert read_frames(whole[: found.length] + more).payloads == [*found.payloads, b"next"]


@given(st.lists(payloads, min_size=2, max_size=8), st.data())
def test_a_journal_read_in_two_parts_is_the_whole(records, data):
    """What was read before need not be read again."""
    whole, begins = journal(records)
    part = read_frames(whole[: begins[data.draw(st.integers(0, len(records)))]])

    rest = read_frames(whole[part.length :], after=part)

    assert [*part.payloads, *rest.payloads] == records
    assert rest[1:] == read_frames(whole)[1:]


def test_a_second_part_of_another_journal_is_refused_by_its_place():
    """The number and the byte are those in the whole file."""
    data, begins = journal(RECORDS)
    other, _ = journal([b"{}", *RECORDS[1:]])
    part = read_frames(other[: read_frames(other).length - begins[-1] + begins[2]])

    with pytest.raises(JournalError, match="does not continue") as raised:
        read_frames(data[begins[2] :], after=part)
    assert (raised.value.record, raised.value.offset) == (2, part.length)


def test_every_length_of_a_torn_last_record_is_cut():
    """Each truncation of the last record leaves those before it."""
    data, begins = journal(RECORDS)

    for cut in range(begins[-2], begins[-1]):
        assert read_frames(data[:cut])[:2] == (RECORDS[:-1], begins[-2])


def flipped(data: bytes, bit: int) -> bytes:
    """Turn one bit over."""
    turned = bytearray(data)
    turned[bit // 8] ^= 1 << bit % 8
    return bytes(turned)


def test_every_bit_flipped_before_the_last_record_is_refused_by_its_place():
    """Any single bit of any record but the last: the error names the record and the byte it begins at."""
    data, begins = journal(RECORDS)

    for bit in range(8 * begins[-2]):
        with pytest.raises(JournalError, match="rebuild from the exchange into a new journal") as raised:
            read_frames(flipped(data, bit))
        record = max(i for i, begin in enumerate(begins) if begin <= bit // 8)
        assert (raised.value.record, raised.value.offset) == (record, begins[record])


def test_every_bit_flipped_in_the_last_record_cuts_it():
    """Nothing whole follows, so it cannot be told from an append that a crash tore."""
    data, begins = journal(RECORDS)

    for bit in range(8 * begins[-2], 8 * begins[-1]):
        assert read_frames(flipped(data, bit))[:2] == (RECORDS[:-1], begins[-2])


@pytest.mark.parametrize("torn", [b"\0" * 4096, b"\xff" * 40, MARKER, MARKER * 20, b"{}" * 100])
def test_rubbish_after_the_last_record_is_cut(torn):
    """Zeros of a block that was never filled, pieces of frames and plain text all end the journal."""
    data, begins = journal(RECORDS)

    assert read_frames(data + torn)[:2] == (RECORDS, begins[-1])


@pytest.mark.parametrize("record", [0, 1, 2])
def test_a_record_taken_out_is_noticed(record):
    """Each record continues the one before it, so none can be missing."""
    data, begins = journal(RECORDS)

    with pytest.raises(JournalError, match=f"record {record}.*does not continue") as raised:
        read_frames(data[: begins[record]] + data[begins[record + 1] :])
    assert raised.value.offset == begins[record]


def test_a_record_of_an_older_epoch_is_noticed():
    """A writer whose time is over has nothing to add, even if it knows the chain."""
    data, chain = frame(b"new", epoch=3, chain=START)
    late, _ = frame(b"late", epoch=2, chain=chain)

    with pytest.raises(JournalError, match="record 1"):
        read_frames(data + late)


@pytest.mark.parametrize("data", [b"PAR1\0\0", b"[live]\nhost = ''", b"x"])
def test_a_file_of_another_kind_is_refused(data):
    """What never was a journal is not cut down to an empty one."""
    with pytest.raises(JournalError, match="is no journal"):
        read_frames(data)


@pytest.mark.parametrize("payload", [b"a" + MARKER, b"a" * (MOST + 1)])
def test_a_payload_that_could_not_be_read_back_is_refused(payload):
    """A marker inside, or more than a mebibyte: neither is JSON text of ours."""
    with pytest.raises(JournalError, match="cannot be journaled"):
        frame(payload, epoch=1, chain=START)


def test_the_longest_payload_comes_back():
    """A mebibyte is allowed."""
    data, chain = frame(b"a" * MOST, epoch=1, chain=START)

    assert read_frames(data) == ([b"a" * MOST], MOST + EXTRA, chain, 1, 1)
