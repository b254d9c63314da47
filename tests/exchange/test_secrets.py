"""Secrets: nothing prints, logs or pickles them."""

import copy
import io
import logging
import pickle
import traceback

import pytest

from okxlab.errors import CredentialsError, OkxlabError
from okxlab.exchange import read
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
