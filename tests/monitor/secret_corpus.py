"""Made-up keys of OKX's shape, and every place people have left theirs in: nothing of it stands in this file."""
# ruff: noqa: E501 - a place is one line of the table

import base64
import gzip
import html
import io
import json
import random
import sqlite3
import traceback
import uuid
from dataclasses import dataclass
from urllib.parse import quote

SIGNS = "!#$&*+-=?@^_~.:/"


@dataclass(frozen=True)
class Trio:
    """A key with its secret and passphrase, and a signature made with it."""

    key: str
    secret: str
    passphrase: str
    sign: str


def trio(seed: int) -> Trio:
    """Draw a trio as OKX makes them: a UUID, 32 hex digits, and 8 to 32 characters of all four kinds."""
    rng = random.Random(seed)  # noqa: S311 - the same seed, the same trio
    kinds = ("abcdefghijkmnpqrstuvwz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", SIGNS)
    letters = [rng.choice(kind) for kind in kinds] + [rng.choice("".join(kinds)) for _ in range(rng.randint(4, 28))]
    first = rng.choice(letters[:3])
    letters.remove(first)
    rng.shuffle(letters)
    while not letters[-1].isalnum():  # a sign at the end of a word belongs to the sentence
        letters[-1] = rng.choice(kinds[0])
    key = uuid.UUID(int=rng.getrandbits(128), version=4)
    secret = f"{rng.getrandbits(128):032X}"
    return Trio(str(key), secret, first + "".join(letters), base64.b64encode(rng.randbytes(32)).decode())


def notebook(*cells, **metadata) -> str:
    """Write a notebook as Jupyter does."""
    made = [{"cell_type": "code", "metadata": {}, "source": [], "outputs": [], "execution_count": 1} | c for c in cells]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def shown(**data) -> dict:
    """Give a cell with an output of some kinds of data."""
    return {"outputs": [{"output_type": "display_data", "metadata": {}, "data": data}]}


def printed(*parts) -> dict:
    """Give a cell that printed something, in parts."""
    return {"outputs": [{"output_type": "stream", "name": "stdout", "text": part} for part in parts]}


def with_locals(t: Trio) -> str:
    """Give a traceback that shows locals."""

    def sign_request(api_key, api_secret, passphrase):
        raise ValueError(len(api_key + api_secret + passphrase))

    try:
        sign_request(t.key, t.secret, t.passphrase)
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def verbose(t: Trio) -> str:
    """Give what %xmode Verbose shows, colours included."""
    from IPython.core.ultratb import VerboseTB

    try:
        raise_with(t.key, t.secret, t.passphrase)
    except ValueError as error:
        return VerboseTB(theme_name="linux").text(type(error), error, error.__traceback__)


def rich_box(t: Trio) -> str:
    """Give what rich's traceback shows with its locals."""
    from rich.console import Console
    from rich.traceback import Traceback

    try:
        raise_with(t.key, t.secret, t.passphrase)
    except ValueError as error:
        out = io.StringIO()
        shown = Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
        Console(file=out, width=160).print(shown)
        return out.getvalue()


def raise_with(api_key, api_secret, passphrase):
    """Fail with everything in the frame."""
    raise ValueError("the exchange answered 50113")


def settings(t: Trio) -> dict:
    """Give what ccxt is configured with."""
    return {"apiKey": t.key, "secret": t.secret, "password": t.passphrase}


def headers(t: Trio) -> dict:
    """Give what OKX asks to be sent."""
    return {
        "OK-ACCESS-KEY": t.key,
        "OK-ACCESS-SIGN": t.sign,
        "OK-ACCESS-TIMESTAMP": "2026-11-25T02:13:34.123Z",
        "OK-ACCESS-PASSPHRASE": t.passphrase,
    }


def framed(t: Trio) -> str:
    """Give the table pandas shows in a notebook."""
    import pandas as pd

    return pd.DataFrame([{"apiKey": t.key, "secret": t.secret, "passphrase": t.passphrase}]).T.to_html()


def coloured(code: str) -> str:
    """Give code as a page shows it, every token in a span."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return highlight(code, PythonLexer(), HtmlFormatter())


def database(t: Trio) -> bytes:
    """Give an SQLite file somebody keeps settings in."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE settings (record TEXT)")
    base.execute("INSERT INTO settings VALUES (?)", (json.dumps(settings(t)),))
    base.commit()
    return base.serialize()


def mail(t: Trio) -> str:
    """Give a report as it is mailed, its body in base64."""
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"] = "Tägliche Übersicht"
    message.set_content(f"{'Grüße, ' * 20}\napi_key: {t.key}\napi_secret: {t.secret}\n", cte="base64")
    return message.as_string()


def assigned(t: Trio) -> str:
    """Give the lines a tutorial starts with."""
    return f'api_key = "{t.key}"\napi_secret = "{t.secret}"\npassphrase = "{t.passphrase}"\n'


ALL, KEYS = ("key", "secret", "passphrase"), ("key", "secret")
SIGNED = ("key", "passphrase", "sign")
ANSI = "\x1b[38;5;28mpassphrase\x1b[39m \x1b[38;5;241m=\x1b[39m \x1b[33m'"

# name: the file it lies in, what is written there, and which of the four must be found
CARRIERS = {
    # notebooks
    "assigned in a cell": ("a.ipynb", lambda t: notebook({"source": assigned(t).splitlines(keepends=True)}), ALL),
    "ccxt's settings in a cell": ("b.ipynb", lambda t: notebook({"source": f"ccxt.okx({settings(t)!r})"}), ALL),
    "in a row in a cell": ("c.ipynb", lambda t: notebook({"source": f"c = C('{t.key}', '{t.secret}', '{t.passphrase}')"}), ALL),
    "environ in a cell": (
        "d.ipynb",
        lambda t: notebook({"source": f"os.environ['OKX_API_PASSPHRASE'] = '{t.passphrase}'\n%env OKX_API_KEY={t.key}"}),
        ("key", "passphrase"),
    ),
    "papermill's metadata": (
        "e.ipynb", lambda t: notebook(papermill={"parameters": {"api_secret": t.secret, "okx_passphrase": t.passphrase}}), ("secret", "passphrase"),
    ),
    "injected parameters": (
        "f.ipynb",
        lambda t: notebook({"source": f'# Parameters\nkey = "{t.key}"\nsecret = "{t.secret}"\n', "metadata": {"tags": ["injected-parameters"]}}),
        KEYS,
    ),
    "cell metadata": ("g.ipynb", lambda t: notebook({"metadata": {"note": f"my okx secret is {t.secret}"}}), ("secret",)),
    "printed": ("h.ipynb", lambda t: notebook(printed(f"{settings(t)}\n")), ALL),
    "printed in two parts": ("i.ipynb", lambda t: notebook(printed(f"secret: {t.secret[:9]}", t.secret[9:])), ("secret",)),
    "repr of an object": ("j.ipynb", lambda t: notebook(shown(**{"text/plain": [f"Api(api_key='{t.key}', secret='{t.secret}')"]})), KEYS),
    "a table as HTML": ("k.ipynb", lambda t: notebook(shown(**{"text/html": framed(t)})), ALL),
    "JSON output": ("l.ipynb", lambda t: notebook(shown(**{"application/json": {"account": settings(t)}})), ALL),
    "a figure's hover text": (
        "m.ipynb", lambda t: notebook(shown(**{"application/vnd.plotly.v1+json": {"data": [{"text": f"secret={t.secret}"}], "layout": {}}})), ("secret",),
    ),
    "verbose traceback in a cell": (
        "n.ipynb", lambda t: notebook({"outputs": [{"output_type": "error", "ename": "E", "evalue": "", "traceback": verbose(t).split("\n")}]}), ALL,
    ),
    "value of an error": (
        "o.ipynb", lambda t: notebook({"outputs": [{"output_type": "error", "ename": "E", "evalue": f"bad API key {t.key}", "traceback": []}]}), ("key",),
    ),
    "a prose cell": ("p.ipynb", lambda t: notebook({"cell_type": "markdown", "source": f"My **API key** is `{t.key}`."}), ("key",)),
    "a notebook that is cut off": ("q.ipynb", lambda t: notebook({"source": assigned(t)})[:-20], ALL),
    # logs
    "headers in a log": ("a.log", lambda t: f"DEBUG ccxt.base.exchange: fetch Request: okx GET RequestHeaders: {headers(t)}", SIGNED),
    "headers as sent": ("b.log", lambda t: "send: b'GET /api/v5/account/balance HTTP/1.1\\r\\n" + "".join(f"{n}: {v}\\r\\n" for n, v in headers(t).items()) + "'", SIGNED),
    "headers of curl": ("c.log", lambda t: "curl " + " ".join(f"-H '{n}: {v}'" for n, v in headers(t).items()), SIGNED),
    "a log of JSON lines": ("d.log", lambda t: json.dumps({"level": "info", "msg": json.dumps({"request": {"headers": headers(t)}})}), SIGNED),
    "a login frame": (
        "e.log", lambda t: "> " + json.dumps({"op": "login", "args": [{"apiKey": t.key, "passphrase": t.passphrase, "timestamp": "1764036814", "sign": t.sign}]}), SIGNED,
    ),
    "said in a log": ("f.log", lambda t: f"2026-11-25 02:13:34 INFO okx api key {t.key}, secret {t.secret} loaded", KEYS),
    "a URL": ("g.log", lambda t: f"GET /setup?apiKey={t.key}&passphrase={quote(t.passphrase, safe='')}&sign={quote(t.sign, safe='')} 200", SIGNED),
    "a URL within a URL": ("h.log", lambda t: f"next={quote(quote(f'/setup?passphrase={t.passphrase}', safe=''), safe='')}", ("passphrase",)),
    "basic authentication": ("i.log", lambda t: "Authorization: Basic " + base64.b64encode(f"{t.key}:{t.secret}".encode()).decode(), KEYS),
    "coloured log": ("j.log", lambda t: f"{ANSI}{t.passphrase}'\x1b[39m", ("passphrase",)),
    "an old log, packed": ("k.log.1.gz", lambda t: gzip.compress(f"secret={t.secret}\n".encode()), ("secret",)),
    "python-okx's debug print": ("l.log", lambda t: f"header: {headers(t)} domain: https://www.okx.com", SIGNED),
    "a log in UTF-16": ("m.log", lambda t: f"apiKey: {t.key}\r\nsecretKey: {t.secret}\r\n".encode("utf-16"), KEYS),
    # tracebacks
    "locals in a traceback": ("n.log", with_locals, ALL),
    "rich's traceback": ("o.log", rich_box, ALL),
    "Verbose mode": ("p.log", verbose, ALL),
    "vars of ccxt": ("q.log", lambda t: repr({"id": "okx", "headers": {}, **settings(t), "uid": "", "last_request_headers": headers(t)}), (*ALL, "sign")),
    "a debugger's session": ("r.log", lambda t: f"ipdb> p self.__dict__\n{{'_key': '{t.key}',\n '_secret': '{t.secret}',\n '_passphrase': '{t.passphrase}'}}", ALL),
    "who lists variables": ("s.log", lambda t: f"Variable     Type    Data/Info\n---\napi_key      str     {t.key}\napi_secret   str     {t.secret}\n", KEYS),
    # settings, code and documents
    "an open .env": (".env", lambda t: f"OKX_API_KEY={t.key}\nexport OKX_API_SECRET='{t.secret}'\nOKX_API_PASSPHRASE={t.passphrase}\n", ALL),
    "YAML": ("a.yaml", lambda t: f"okx:\n  api_key: {t.key}\n  secret_key: {t.secret}\n  passphrase: '{t.passphrase}'\n", ALL),
    "YAML of compose": ("b.yml", lambda t: f"environment:\n  - OKX_API_PASSPHRASE={t.passphrase}\n  - OKX_SECRET_KEY={t.secret}\n", ("secret", "passphrase")),
    "a secret of Kubernetes": (
        "c.yaml", lambda t: "data:\n" + "".join(f"  {n}: {base64.b64encode(v.encode()).decode()}\n" for n, v in (("apiKey", t.key), ("secretKey", t.secret), ("passphrase", t.passphrase))), ALL,
    ),
    "TOML": ("a.toml", lambda t: f'[okx]\napi-key = "{t.key}"\nsecret = "{t.secret}"\npass_phrase = "{t.passphrase}"\n', ALL),
    "INI": ("a.ini", lambda t: f"[okx]\napikey = {t.key}\nsecret = {t.secret}\npassphrase = {t.passphrase}\n", ALL),
    "JSON": ("a.json", lambda t: json.dumps({"okx": settings(t)}), ALL),
    "JSON in JSON": ("b.json", lambda t: json.dumps({"config": json.dumps({"okx": json.dumps(settings(t))})}), ALL),
    "escaped for ASCII": ("c.json", lambda t: '{"passphrase": "' + "".join(f"\\u{ord(c):04x}" for c in t.passphrase) + '"}', ("passphrase",)),
    "freqtrade's settings": ("d.json", lambda t: json.dumps({"exchange": {"name": "okx", "key": t.key, "secret": t.secret, "password": t.passphrase}}, indent=4), ALL),
    "keyword arguments": ("a.py", lambda t: f'client = Account(api_key="{t.key}", api_secret_key="{t.secret}", passphrase=r"{t.passphrase}")', ALL),
    "in a row in code": ("b.py", lambda t: f'flag = "0"\nclient = Account.AccountAPI("{t.key}", "{t.secret}", "{t.passphrase}", False, flag)', ALL),
    "typed constants": ("c.py", lambda t: f'API_KEY: str = "{t.key}"\nSECRET: Final = "{t.secret}"\nPASSPHRASE: str = "{t.passphrase}"\n', ALL),
    "setenv": ("d.py", lambda t: f'monkeypatch.setenv("OKX_DEMO_API_PASSPHRASE", "{t.passphrase}")', ("passphrase",)),
    "bytes": ("e.py", lambda t: f'hmac.new(b"{t.secret}", text, "sha256")', ("secret",)),
    "a dict of ccxt over lines": ("f.py", lambda t: f"okx = ccxt.okx({{\n    'apiKey': '{t.key}',\n    'secret': '{t.secret}',\n    'password': '{t.passphrase}',\n}})\n", ALL),
    "a page": ("a.html", lambda t: f"<dl><dt>Passphrase</dt><dd>{html.escape(t.passphrase)}</dd><dt>API key</dt><dd>{t.key}</dd></dl>", ("key", "passphrase")),
    "a page of coloured code": ("b.html", lambda t: coloured(assigned(t)), ALL),
    "a document": ("a.md", lambda t: f"| apiKey | secretKey | passphrase |\n|---|---|---|\n| {t.key} | {t.secret} | {t.passphrase} |\n", ALL),
    "three lines": ("a.txt", lambda t: f"{t.key}\n{t.secret}\n{t.passphrase}\n", ALL),
    "CSV": ("a.csv", lambda t: f"name,apikey,secretkey,passphrase\nbot,{t.key},{t.secret},{t.passphrase}\n", ALL),
    "a database": ("a.db", database, ALL),
    "a mail": ("a.eml", mail, KEYS),
}  # fmt: skip


def write(folder, name: str, found: Trio):
    """Leave a trio in a place of a folder; give the file and what must be found in it."""
    file, say, parts = CARRIERS[name]
    said = say(found)
    path = folder / file
    path.write_bytes(said if isinstance(said, bytes) else said.encode())
    path.chmod(0o644)
    return path, {getattr(found, part) for part in parts}
