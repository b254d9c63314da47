"""A session in a process that was copied by fork, as multiprocessing does it."""

import os

import okxlab as ox
from okxlab.trading.desk import hand


def in_a_copy(action):
    """Run an action in a forked process and give the number it returns."""
    child = os.fork()
    if child == 0:
        code = 255
        try:
            code = action()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_copied_process_speaks_on_connections_of_its_own(stranger, tmp_path):
    """Two processes never share a connection: one would read the answers that are meant for the other."""
    server = stranger()
    peers = []
    plain = server.http.process_request
    server.http.process_request = lambda request, peer: (peers.append(peer), plain(request, peer))
    (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "{server.url}"\n')
    with ox.connect("live", workspace=tmp_path) as session:
        ask = lambda: len(session.transport.get("/api/v5/public/time", 5.0).failure)  # noqa: E731 - asked three times
        ask()
        assert in_a_copy(ask) == 0
        ask()

    assert len(server.seen) == 3
    assert len(peers) == 2  # this process's, used twice, and the copy's


def test_orders_of_a_copied_process_stand_in_a_journal_of_its_own(fresh):
    """Both go on placing by hand, and neither takes the other's answer for its own."""
    order = {"amount": "0.01", "price": "30000"}
    first = ox.place(fresh, "buy", "BTC-USDT", **order)
    there = in_a_copy(lambda: ox.place(fresh, "buy", "BTC-USDT", **order, client_id="copy").client_id != "copy")
    last = ox.place(fresh, "buy", "BTC-USDT", **order)

    assert there == 0
    assert list(ox.open_orders(fresh)["client_id"]) == [first.client_id, "copy", last.client_id]
    assert list(hand(fresh).blotter.orders) == [first.client_id, last.client_id]
