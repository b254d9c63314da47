"""The blotter: what records add up to, whatever order they come in and however often."""

from decimal import Decimal

from okxlab.trading.blotter import Blotter
from okxlab.trading.enquiry import fill_of
from okxlab.trading.evidence import filled
from okxlab.trading.records import Answer, Intent, Seen, decode, encode

ROW = {"instId": "BTC-USDT", "side": "buy", "ordType": "limit", "sz": "2", "px": "10", "clOrdId": "a1", "tag": "t"}
TOLD = {
    "instId": "BTC-USDT", "tradeId": "7", "billId": "70", "ordId": "5", "clOrdId": "a1", "side": "buy", "fillPx": "10",
    "fillSz": "0.5", "fee": "-0.001", "feeCcy": "BTC", "execType": "M", "ts": "1000",
}  # fmt: skip


def placed():
    blotter = Blotter()
    blotter.apply(Intent("a1", "place", "BTC-USDT", "a1", "", ROW, 3000, 0))
    blotter.apply(Answer("a1", "acknowledged", "5"))
    return blotter


def seen(state, total, at):
    return Seen("a1", "5", "BTC-USDT", "buy", state, "2", "10", total, at)


def test_execution_that_comes_after_the_cancellation_is_counted():
    """An order that was cancelled with nothing filled did fill in part after all; it stays over."""
    blotter = placed()
    blotter.apply(seen("canceled", "0", 900))
    blotter.apply(filled(fill_of(TOLD)))

    assert blotter.position["BTC-USDT"] == Decimal("0.5")
    assert (blotter.orders["a1"].state, blotter.orders["a1"].filled) == ("canceled", Decimal("0.5"))
    assert list(blotter.active()) == []


def test_execution_of_an_order_that_was_taken_for_dead_brings_it_back():
    """Evidence goes before a verdict."""
    blotter = Blotter()
    blotter.apply(Intent("a1", "place", "BTC-USDT", "a1", "", ROW, 3000, 0))
    blotter.apply(Answer("a1", "rejected", code="51008"))
    blotter.apply(filled(fill_of(TOLD)))

    assert blotter.orders["a1"].state == "partially_filled"
    assert [entry.intent.name for entry in blotter.active()] == ["a1"]


def test_execution_without_a_trade_id_is_counted_once():
    """Its bill names it, the same each time it is read."""
    blotter, nameless = placed(), TOLD | {"tradeId": ""}
    for _ in range(2):
        blotter.apply(filled(fill_of(nameless)))
    blotter.apply(filled(fill_of(nameless | {"billId": "71"})))

    assert blotter.position["BTC-USDT"] == 1


def test_late_word_of_an_order_that_is_over_changes_nothing():
    """Live after filled is old news."""
    blotter = placed()
    blotter.apply(seen("filled", "2", 900))
    blotter.apply(seen("live", "0", 800))

    assert blotter.orders["a1"].state == "filled"
    assert blotter.orders["a1"].told == 2


def test_records_read_from_bytes_give_the_same_blotter():
    """Writing and reading changes no digit."""
    records = [Intent("a1", "place", "BTC-USDT", "a1", "", ROW, 3000, 0, ("band",)), Answer("a1", "acknowledged", "5")]
    records += [seen("partially_filled", "0.5", 900), filled(fill_of(TOLD))]
    live, again = Blotter(), Blotter()
    for record in records:
        live.apply(record)
        again.apply(decode(encode(record, 1)))

    assert again == live
