"""Keys from the environment or .env."""

import time
from traceback import format_exception

import pytest

import okxlab as ox
from okxlab.errors import ConfigError, CredentialsError, OrderDenied, Unreadable
from okxlab.exchange import prepare
from tests.exchange.conftest import tells


def test_connect_without_keys_serves_public_data_only(stranger, tmp_path):
    """Without keys the session reads public data and says what is missing for the rest."""
    server = stranger()
    (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "{server.url}"\n')
    with ox.connect("live", workspace=tmp_path) as session:
        assert ox.tickers(session).empty
        assert "public data only" in repr(session)
        with pytest.raises(CredentialsError, match="needs a key"):
            ox.balances(session)
    assert all("OK-ACCESS-SIGN" not in headers for _, _, headers, _ in server.seen)


def test_connect_when_the_key_may_withdraw_is_refused(keyed):
    """A key that may withdraw is refused, by name of the permission."""
    _, server = keyed()
    server.answers["/api/v5/account/config"] = (200, {}, '{"code":"0","data":[{"perm":"read_only,trade,withdraw"}]}')

    with pytest.raises(CredentialsError, match="may withdraw"):
        keyed()


def test_live_key_bound_to_no_address_is_refused_and_taken_when_that_is_said(keyed, tmp_path):
    """On live the refusal names both ways out; the words let it in."""
    _, server = keyed()
    server.answers["/api/v5/account/config"] = tells(perm="read_only,trade", ip="", label="robot")

    with pytest.raises(CredentialsError, match=r"robot is bound to no IP address.*Bind it.*unbound_key=\"accept\""):
        keyed()
    with ox.connect("live", workspace=tmp_path, unbound_key="accept") as session:
        assert session.account.ip == ()


def test_demo_key_needs_no_address(keyed):
    """On demo no money can be stolen."""
    _, server = keyed()
    server.answers["/api/v5/account/config"] = tells(perm="read_only,trade", ip="")

    assert keyed("demo")[0].account.permissions == {"read_only", "trade"}


def test_word_that_is_none_of_the_two_is_refused(tmp_path):
    """A misspelt word does not count as acceptance."""
    with pytest.raises(ConfigError, match="'refuse' or 'accept'"):
        ox.connect("live", workspace=tmp_path, unbound_key="yes")


def test_acceptance_does_not_let_a_key_in_that_may_withdraw(keyed, tmp_path):
    """What is accepted is the missing address alone."""
    _, server = keyed()
    server.answers["/api/v5/account/config"] = tells(perm="read_only,trade,withdraw", ip="")

    with pytest.raises(CredentialsError, match="may withdraw"):
        ox.connect("live", workspace=tmp_path, unbound_key="accept")


def test_account_is_read_once_and_tells_whose_it_is(keyed):
    """Number, mode and the key's rights come with connect, and are not asked for again."""
    _, server = keyed()
    server.answers["/api/v5/account/config"] = tells(
        uid="2",
        mainUid="1",
        acctLv="2",
        posMode="net_mode",
        perm="trade, read_only",
        ip="1.2.3.4,5.6.7.8",
        label="robot",
    )
    session, _ = keyed()
    before = len(server.seen)
    account = session.account

    assert (account.uid, account.level, account.position_mode, account.label) == ("2", "2", "net_mode", "robot")
    assert (account.sub, account.ip, account.permissions) == (True, ("1.2.3.4", "5.6.7.8"), {"read_only", "trade"})
    assert len(server.seen) == before


def test_account_of_a_paper_session_is_its_own(paper):
    """The paper exchange tells the same."""
    assert paper.account.uid
    assert (paper.account.sub, paper.account.position_mode) == (False, "net_mode")


def test_session_without_a_key_has_no_account(tmp_path):
    """Public data belongs to nobody."""
    with ox.connect("live", workspace=tmp_path) as session, pytest.raises(CredentialsError, match="has none"):
        _ = session.account


SPOT = {"instId": "BTC-USDT", "tdMode": "cash", "clOrdId": "a"}
SWAP = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "clOrdId": "a"}


@pytest.mark.parametrize(
    ("account", "row", "says"),
    [
        ({"perm": "read_only"}, SPOT, "may only read"),
        ({"acctLv": "1"}, SWAP, "spot mode"),
        ({"acctLv": "1"}, SPOT | {"tdMode": "cross"}, "spot mode"),
        ({"acctLv": "2", "posMode": "long_short_mode"}, SWAP, "posSide long or short"),
        ({"acctLv": "2", "posMode": "net_mode"}, SWAP | {"posSide": "long"}, "no posSide"),
    ],
)
def test_order_that_the_account_cannot_place_gets_no_permit(keyed, account, row, says):
    """The account's mode and the key's rights are looked at before anything leaves."""
    _, server = keyed()
    server.answers["/api/v5/account/config"] = tells(**{"perm": "read_only,trade", "ip": "1.2.3.4"} | account)
    session, _ = keyed()

    with pytest.raises(OrderDenied, match=says):
        prepare(session, "trade/batch-orders", [row])
    assert not [one for one in server.seen if one[0] == "POST"]


@pytest.mark.parametrize(
    ("account", "row"),
    [
        ({"acctLv": "1"}, SPOT),
        ({"acctLv": "4"}, SPOT),
        ({"acctLv": "2", "posMode": "net_mode"}, SWAP | {"posSide": "net"}),
        ({"acctLv": "3", "posMode": "long_short_mode"}, SWAP | {"posSide": "short"}),
    ],
)
def test_order_that_the_account_can_place_gets_its_permit(keyed, account, row):
    """Each mode places what is its own."""
    _, server = keyed()
    server.answers["/api/v5/account/config"] = tells(**{"perm": "read_only,trade", "ip": "1.2.3.4"} | account)
    session, _ = keyed()

    assert prepare(session, "trade/batch-orders", [row]).rows == [row]


def test_connect_when_one_of_three_is_missing_is_refused(tmp_path, monkeypatch):
    """A key without its passphrase is refused, and the missing variable is named."""
    monkeypatch.setenv("OKX_API_KEY", "k")
    monkeypatch.setenv("OKX_API_SECRET", "s")

    with pytest.raises(CredentialsError, match="OKX_API_PASSPHRASE"):
        ox.connect("live", workspace=tmp_path)


def test_dotenv_is_read_when_it_is_private(stranger, tmp_path):
    """Keys in a .env of mode 0600 are used."""
    server = stranger()
    server.answers["/api/v5/public/time"] = tells(ts=str(int(time.time() * 1000)))
    server.answers["/api/v5/account/config"] = tells(perm="read_only")
    (tmp_path / "okxlab.toml").write_text(f'[demo]\nhost = "{server.url}"\n')
    env = tmp_path / ".env"
    env.write_text("OKX_DEMO_API_KEY=k\nOKX_DEMO_API_SECRET=s\nOKX_DEMO_API_PASSPHRASE=p\n")
    env.chmod(0o600)
    with ox.connect("demo", workspace=tmp_path) as session:
        assert session.profile.keys


def test_dotenv_that_others_may_read_is_refused(tmp_path):
    """A .env open to other users is refused with the command that closes it."""
    env = tmp_path / ".env"
    env.write_text("OKX_API_KEY=k\n")
    env.chmod(0o644)

    with pytest.raises(CredentialsError, match="chmod 600"):
        ox.connect("live", workspace=tmp_path)


def test_connect_to_an_unknown_profile_is_refused(tmp_path):
    """A profile that does not exist is refused with those that do."""
    with pytest.raises(ConfigError, match="'paper', 'demo' or 'live'"):
        ox.connect("real", workspace=tmp_path)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "www.okx.com.evil.example", "https://www.okx.com", "http://10.0.0.1:80"),
        *("http://127.0.0.1", "http://127.0.0.1:99999", "http://[::1", "http://okx@127.0.0.1:80", ""),
    ],
)
def test_connect_to_a_host_that_is_not_okx_is_refused(tmp_path, host):
    """Only OKX's hosts by name, or a loopback URL, can be configured."""
    (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "{host}"\n')

    with pytest.raises(ConfigError, match="not one of OKX's hosts"):
        ox.connect("live", workspace=tmp_path)


def test_connect_when_a_value_ends_with_a_line_break_uses_it_without(keyed, monkeypatch):
    """Blanks around a value, as copying leaves them, are no part of it."""
    monkeypatch.setenv("OKX_API_PASSPHRASE", " phrase\n")
    _, server = keyed()

    assert server.seen[-1][2]["OK-ACCESS-PASSPHRASE"] == "phrase"


@pytest.mark.parametrize("value", ["hunter\n2", "hunter\u00e9", "hunter\x7f", "\u53e3\u4ee4hunter"])
def test_connect_when_a_value_fits_no_header_names_the_variable_only(keyed, monkeypatch, value):
    """What no header can carry is refused before it is sent, and is not shown."""
    monkeypatch.setenv("OKX_API_PASSPHRASE", value)

    with pytest.raises(CredentialsError, match="OKX_API_PASSPHRASE") as caught:
        keyed()
    assert "hunter" not in repr(caught.value)


@pytest.mark.parametrize("row", ["{}", '{"perm":""}', '{"perm":"read_only,transfer"}', '{"perm":null}'])
def test_connect_when_the_permissions_are_not_read_and_trade_alone_is_refused(keyed, row):
    """A key whose permissions are untold or unknown is not trusted."""
    _, server = keyed()
    server.answers["/api/v5/account/config"] = (200, {}, f'{{"code":"0","data":[{row}]}}')

    with pytest.raises(CredentialsError, match="not read and trade alone"):
        keyed()


@pytest.mark.parametrize("body", ['{"code":"0","data":[]}', '{"code":"0","data":[{"ts":"soon"}]}'])
def test_connect_when_the_exchange_tells_no_time_says_so(keyed, body):
    """Without the exchange's time nothing can be signed, and the error says why."""
    _, server = keyed()
    server.answers["/api/v5/public/time"] = (200, {}, body)

    with pytest.raises(Unreadable):
        keyed()


def test_dotenv_that_is_not_utf8_is_refused_without_its_text(tmp_path):
    """A .env in another encoding is named, and nothing of it is shown."""
    env = tmp_path / ".env"
    env.write_bytes(b"OKX_API_KEY=hunter\xff\n")
    env.chmod(0o600)

    with pytest.raises(CredentialsError, match="UTF-8") as caught:
        ox.connect("live", workspace=tmp_path)
    assert "hunter" not in "".join(format_exception(caught.value))


def test_connect_to_ipv6_loopback_keeps_the_address_whole(tmp_path):
    """An IPv6 address keeps its brackets and its port."""
    (tmp_path / "okxlab.toml").write_text('[live]\nhost = "http://[::1]:8080"\n')
    with ox.connect("live", workspace=tmp_path) as session:
        assert session.profile.rest == "http://[::1]:8080"
