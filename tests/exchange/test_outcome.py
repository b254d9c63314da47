"""What became of a request, read from the raw answer."""

import json

import pytest

from okxlab.errors import Refused, Unreachable, Unreadable
from okxlab.exchange import next_step
from okxlab.exchange.outcome import outcomes_of, rows_of
from okxlab.exchange.profile import Profile
from okxlab.exchange.transport import Wire

PAPER = Profile("paper", "http://127.0.0.1:1", "ws://127.0.0.1:1", keys=True)


def answered(status=200, **body):
    return Wire(sent=True, status=status, text=json.dumps(body))


def row(client_id, code="0", order_id="1"):
    return {"clOrdId": client_id, "ordId": order_id, "sCode": code, "sMsg": ""}


def kinds(wire, ids):
    return [outcome.kind for outcome in outcomes_of(wire, ids)]


def test_batch_is_judged_row_by_row_whatever_its_order():
    """In a batch that partly failed each row counts by its own client id."""
    wire = answered(code="2", data=[row("b", "51008", ""), row("a")])

    assert kinds(wire, ["a", "b"]) == ["acknowledged", "rejected"]


def test_a_client_id_that_two_rows_claim_proves_nothing():
    """One of them is another order's, and nothing tells which."""
    wire = answered(code="0", data=[row("a"), row("a", order_id="2")])

    assert kinds(wire, ["a", "b"]) == ["unknown", "unknown"]


@pytest.mark.parametrize(
    "wire",
    [
        Wire(sent=True, failure="ReadTimeout"),
        Wire(sent=True, status=502, text="<html>bad gateway</html>"),
        Wire(sent=True, status=200, text="<html>are you human</html>"),
        Wire(sent=True, status=200, text='{"code":"0","data":[{"sCo'),
        Wire(sent=True, status=200, text=""),
        answered(code="0", data=[]),
        answered(code="0", data=[row("other")]),
        answered(code="0", data=[row("a", order_id="")]),
        answered(code="0", data=[{"clOrdId": "a", "ordId": "1"}]),
        answered(code="1", data=[row("a", "51149", "")]),
        answered(code="1", data=[row("a", "51412", "")]),
        answered(400, code="50004", msg="timeout"),
        answered(503, code="50001", msg="service"),
        answered(500, code="1", data=[row("a", "51008", "")]),
        answered(429, code="50013", msg="busy"),
        answered(400, code="50026", msg="system"),
        answered(400, code="50005", msg="offline"),
        answered(code="1", data=[row("a", "51016", "")]),
        answered(code="1", data=[row("a", "51054", "")]),
    ],
)
def test_answer_that_proves_nothing_leaves_the_order_unknown(wire):
    """Lost, cut, foreign or ambiguous answers never count as success or failure."""
    assert kinds(wire, ["a"]) == ["unknown"]


@pytest.mark.parametrize(
    "wire",
    [
        answered(429, code="50011", msg="limit"),
        answered(401, code="50113", msg="sign"),
        answered(code="1", data=[row("a", "51008", "")]),
    ],
)
def test_definite_refusal_is_a_rejection(wire):
    """A definite code means the exchange did not take the order."""
    assert kinds(wire, ["a"]) == ["rejected"]


def test_request_that_never_connected_was_not_sent():
    """When no connection was made no byte left."""
    assert kinds(Wire(sent=False, failure="ConnectionError"), ["a", "b"]) == ["not_sent", "not_sent"]


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (Wire(failure="ConnectionError"), Unreachable),
        (Wire(sent=True, status=200, text="<html>"), Unreadable),
        (answered(401, code="50111", msg="key"), Refused),
        (answered(code="0", msg="be patient"), Unreadable),
        (answered(code="0", data=None), Unreadable),
        (answered(403, code="0", data=[]), Unreadable),
    ],
)
def test_reads_fail_with_the_error_that_says_why(wire, error):
    """Silence, garbage and refusals are three different errors."""
    with pytest.raises(error):
        rows_of(wire, PAPER)


@pytest.mark.parametrize("code", ["51000", "51008", "51016", "51020", "51025", "51121", "51150", "51400", "59999", ""])
def test_next_step_when_the_code_is_any_is_one_sentence(code):
    """Whatever OKX refuses with, the person is told what to do next."""
    assert next_step(code).endswith(".")


def test_timeout_of_the_paper_exchange_does_not_say_that_it_has_ended():
    """A slow exchange is told from one that is gone."""
    with pytest.raises(Unreachable, match="in time") as slow:
        rows_of(Wire(sent=True, failure="ReadTimeout"), PAPER)
    with pytest.raises(Unreachable, match="has ended"):
        rows_of(Wire(failure="ConnectionError"), PAPER)
    assert "ended" not in str(slow.value)
