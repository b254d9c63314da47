"""Secrets: nothing prints, logs or pickles them."""

import copy
import io
import json
import logging
import pickle
import sys
import traceback
from pathlib import Path

import pytest

import okxlab as ox
from okxlab.errors import CredentialsError, OkxlabError, Unreachable
from okxlab.exchange import Address, Control, Lease, read, start
from okxlab.exchange.credentials import Credentials, Secret
from tests.exchange.conftest import CANARIES


def shows(text: str) -> bool:
    return any(canary in text for canary in CANARIES)


def test_session_and_ccxt_show_no_secret(keyed):
    """repr, str and the ccxt object's own attributes hold no part of the key."""
    session, _ = keyed()
    read(session, "privateGetAccountBalance")

    assert not shows(repr(session) + str(session) + repr(session.profile))
    assert not shows(repr(vars(session.ccxt)))
    assert not shows(repr(session.ccxt.last_request_headers))


def test_debug_logging_and_verbose_ccxt_show_no_secret(keyed, capsys):
    """With everything logged at DEBUG and ccxt verbose, the key is nowhere."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        session, _ = keyed()
        session.ccxt.verbose = True
        read(session, "privateGetAccountBalance")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)

    printed = capsys.readouterr().out
    assert "account/balance" in printed
    assert "account/balance" in stream.getvalue()
    assert not shows(printed + stream.getvalue())


def test_traceback_with_locals_shows_no_secret(keyed):
    """A failure deep in the transport, printed with every frame's locals, shows no key."""
    session, server = keyed()
    server.answers["/api/v5/account/balance"] = (0, {}, "")
    with pytest.raises(Exception, match="balance") as caught:
        session.ccxt.private_get_account_balance()

    chain, error = [], caught.value
    while error is not None:
        chain += traceback.TracebackException.from_exception(error, capture_locals=True).format()
        chain.append(repr(vars(error)))
        request = getattr(error, "request", None)
        chain.append(repr(dict(request.headers)) if request is not None else "")
        error = error.__cause__ or error.__context__
    assert not shows("".join(chain))


@pytest.mark.parametrize("copier", [pickle.dumps, copy.deepcopy])
def test_session_refuses_to_be_copied(keyed, copier):
    """A session is neither pickled nor copied: it would carry its key away."""
    session, _ = keyed()

    with pytest.raises(CredentialsError, match="pickled"):
        copier(session)


def test_error_messages_show_no_secret(keyed):
    """A refused call names the code and the next step, not the key."""
    session, server = keyed()
    server.answers["/api/v5/account/balance"] = (401, {}, '{"code":"50105","msg":"passphrase incorrect"}')

    with pytest.raises(OkxlabError, match="50105") as caught:
        read(session, "privateGetAccountBalance")
    assert not shows(str(caught.value) + repr(caught.value))


def frames_of(error: BaseException) -> str:
    """Print an error, and those it came from, with every frame's locals."""
    chain = []
    seen: BaseException | None = error
    while seen is not None:
        chain += traceback.TracebackException.from_exception(seen, capture_locals=True).format()
        chain.append(repr(vars(seen)))
        seen = seen.__cause__ or seen.__context__
    return "".join(chain)


def test_traceback_of_an_incomplete_key_shows_no_secret(tmp_path, monkeypatch):
    """Two of three values are set, and neither is in the frames of the error."""
    monkeypatch.setenv("OKX_API_KEY", CANARIES[0])
    env = tmp_path / ".env"
    env.write_text(f"OKX_API_SECRET={CANARIES[1]}\n")
    env.chmod(0o600)

    with pytest.raises(CredentialsError) as caught:
        ox.connect("live", workspace=tmp_path)
    assert not shows(frames_of(caught.value))


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/v5/public/time", (0, {}, "")),
        ("/api/v5/account/config", (0, {}, "")),
        ("/api/v5/account/config", (200, {}, '{"code":"0","data":[{"perm":"withdraw"}]}')),
    ],
)
def test_traceback_of_a_failed_connect_shows_no_secret(keyed, path, answer):
    """However the first calls end, the frames of the error hold no key."""
    _, server = keyed()
    server.answers[path] = answer

    with pytest.raises(OkxlabError) as caught:
        keyed()
    assert not shows(frames_of(caught.value))


def test_traceback_of_a_bad_host_shows_no_secret(keyed, tmp_path):
    """A host that is refused is refused without the key in the frames."""
    (tmp_path / "okxlab.toml").write_text('[live]\nhost = "http://127.0.0.1:99999"\n')

    with pytest.raises(OkxlabError, match="99999") as caught:
        keyed()
    assert not shows(frames_of(caught.value))


def program_that_dies(file: Path, cut: int) -> None:
    """Write a program that tells the canaries as an exchange tells its keys, but for the last ``cut`` letters."""
    key, secret, phrase = CANARIES
    keys = {"api_key": key, "api_secret": secret, "passphrase": phrase, "control": key}
    line = json.dumps({"rest": "http://127.0.0.1:1", "ws": "ws://127.0.0.1:1", **keys})
    file.write_text(f"#!/bin/sh\necho '{line[: len(line) - cut]}'\n")
    file.chmod(0o700)


@pytest.mark.parametrize("cut", [0, 60], ids=["whole line", "torn line"])
def test_traceback_of_an_exchange_that_dies_at_its_start_shows_no_secret(tmp_path, monkeypatch, cut):
    """The exchange tells its keys and is gone: the error tells nobody."""
    program_that_dies(tmp_path / "dies.planted", cut)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "dies.planted"))

    with pytest.raises(OkxlabError) as caught:
        start([], log=tmp_path / "log")
    assert not shows(frames_of(caught.value))


def test_traceback_of_a_lease_or_a_step_that_is_refused_shows_no_token(stranger):
    """An exchange that hangs up leaves the control token out of the frames."""
    server = stranger()
    server.answers["/okxlab/lease"] = server.answers["/okxlab/step"] = (0, {}, "")
    token, keys = Secret(CANARIES[0]), Credentials(*(Secret(text) for text in CANARIES))
    control = Control(Address(server.url, "", keys, token))
    for call in (lambda: Lease(server.url, token), control.step):
        with pytest.raises(Unreachable) as caught:
            call()
        assert not shows(frames_of(caught.value))
    control.close()


def shown_by_a_debugger(error: BaseException) -> str:
    """Give every local of every frame of okxlab and below behind an error, and what each of them holds."""
    said = []
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename != __file__]
    for frame in frames:  # the test's own knows the server, which knows what it was sent
        for value in frame.f_locals.values():
            said += [repr(value), repr(getattr(value, "__dict__", ""))]
            said += [repr(getattr(value, name, "")) for name in getattr(type(value), "__slots__", ())]
    return "\n".join(said)


def test_what_a_debugger_shows_of_a_failed_call_holds_no_secret(keyed):
    """%debug leads into any frame, and any object there can be looked into."""
    session, server = keyed()
    server.answers["/api/v5/account/balance"] = (0, {}, "")
    with pytest.raises(Exception, match="balance") as caught:
        session.ccxt.private_get_account_balance()

    error, said = caught.value, ""
    while error is not None:
        said += shown_by_a_debugger(error)
        error = error.__cause__ or error.__context__
    assert "account/balance" in said
    assert not shows(said)


def test_a_notebooks_own_ways_to_look_show_no_secret(keyed, tmp_path, monkeypatch, capsys):
    """%whos, the session as a result, its attributes, and a failure under %xmode Verbose."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # a shell puts a module of its own there
    session, server = keyed()
    server.answers["/api/v5/account/balance"] = (0, {}, "")
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    shell.push({"session": session})
    looks = ("%whos", "session", "[getattr(session, name, None) for name in dir(session)]", "vars(session.ccxt)")
    for cell in (*looks, "%xmode Verbose", "session.ccxt.private_get_account_balance()"):
        shell.run_cell(cell)
    said = "".join(capsys.readouterr())
    shell.reset()

    assert "session" in said
    assert "account/balance" in said
    assert not shows(said)
