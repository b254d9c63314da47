"""Canaries: no secret that a test makes or reads may be found in anything the tests leave behind.

Every key, secret, passphrase, token and signature that comes into being in this process, or lies in the files of a
paper exchange, is remembered. They are searched for in what a test printed and what any library logged, at DEBUG; in
the report of a failure; and, when the last test of a file has ended, in every file below pytest's folder: plain, in
base64, gzip and Parquet, with the escapes of JSON, HTML and URLs. A finding fails the test. Only the files that keep
the keys may hold them, closed to other users.
"""

import base64
import functools
import gzip
import hashlib
import html
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

SHORTEST = 8
OWNERS = {".env", "paper.json"}
# where clients of others are at work, which log and print their headers
FOREIGN = (
    "tests/contract/",
    "tests/faults/test_lost_answers",
    "tests/paper/test_paper_ccxt",
    "tests/paper/test_paper_okx_grid_wire",
)
COPY = "checkout"  # how a folder begins that holds a copy of the repository, whose tests spell out made-up keys
PLANTED = ".planted"  # how a file ends that a test must leave with a secret in it
MOST = 64 << 20  # of larger files the beginning is searched
_HEX = re.compile(rb"[0-9a-fA-F]{32,}")
_BASE64 = re.compile(rb"[0-9A-Za-z+/]{43}=")
_LONG = re.compile(rb"[0-9A-Za-z+/_-]{60,}")
_ESCAPED = re.compile(rb"(?:%|\\u00|\\x)(2b|2f|3d)|\\(?=/)", re.IGNORECASE)  # what base64 may be escaped as
_SIGNS = {b"2b": b"+", b"2f": b"/", b"3d": b"="}
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_WORDS = set(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/=_-")
_APART = bytes(byte if byte in _WORDS else 32 for byte in range(256))
_CCXT = b"6b9ad766b55dbcde"  # how ccxt begins the client id of an order, which may look like a key
_EVERYTHING = 1  # the root logger's level: below DEBUG, so that a test's own choice can be told from ours
_CHATTY = ("numba", "hypothesis", "parso", "asyncio")


class Canaries:
    """What must not be found, and the search for it; how many there are costs a search nothing."""

    def __init__(self) -> None:
        self.exact: set[bytes] = set()  # 32 hex digits, or base64 of 32 bytes
        self.others: dict[str, set[bytes]] = {}

    def know(self, text: str) -> None:
        """Remember a secret; shorter ones than eight characters are no secrets."""
        if re.fullmatch(r"[0-9a-fA-F]{32}", text):
            self.exact |= {text.lower().encode(), base64.b64encode(text.encode())}
        elif re.fullmatch(r"[0-9A-Za-z+/]{43}=", text):
            self.exact.add(text.encode())
        elif len(text) >= SHORTEST and text not in self.others:
            self.others[text] = spellings(text)

    def found(self, data: bytes) -> str:
        """Describe the first canary in some bytes, or nothing."""
        for match in self._candidates(data):
            text = match.decode(errors="replace")
            return f"{text[:4]}… ({len(text)}, sha256 {hashlib.sha256(match).hexdigest()[:8]})"
        return ""

    def _candidates(self, data: bytes) -> Iterator[bytes]:
        yield from (form for forms in self.others.values() for form in forms if form in data)
        for word in long_words(data):
            yield from self._exact(word)
            yield from (one for said in unpacked(word) for one in self._exact(said))
        if _ESCAPED.search(data):
            plain = _ESCAPED.sub(lambda match: _SIGNS.get((match[1] or b"").lower(), b""), data)
            yield from (one for word in long_words(plain) for one in self._exact(word))

    def _exact(self, data: bytes) -> Iterator[bytes]:
        for run in _HEX.findall(data):
            low = run.lower()
            yield from (low[at : at + 32] for at in range(len(low) - 31) if low[at : at + 32] in self.exact)
        yield from (match for match in _BASE64.findall(data) if match in self.exact)


def long_words(data: bytes) -> list[bytes]:
    """Give what is long enough to hold a secret, without the short words that make up nearly all of a text."""
    return [word for word in data.translate(_APART).split() if len(word) >= 32]


def unpacked(word: bytes) -> Iterator[bytes]:
    """Give what base64 within a word may say, wherever it begins."""
    for run in _LONG.findall(word):
        for shift in range(4):
            whole = (len(run) - shift) // 4 * 4
            yield base64.b64decode(run[shift : shift + whole].translate(_URL_SAFE))


def spellings(secret: str) -> set[bytes]:
    """Give a secret as JSON, Python, HTML and URLs spell it, and of its base64 what no neighbour changes."""
    said = {
        secret,
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        html.escape(secret),
    }
    spelled = {text.encode() for text in said | {quote(secret, safe=""), quote(secret)}}
    for shift in range(3):
        packed = base64.b64encode(b"\0" * shift + secret.encode())
        spelled.add(packed[-(-shift * 8 // 6) : (len(secret.encode()) + shift) * 8 // 6])
    return spelled


class Watch:
    """The plugin: it hears of secrets, and looks through what tests leave."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.canaries = Canaries()
        self.read: dict[Path, tuple[int, int]] = {}
        self.over: set[Path] = set()
        self.logged: list[str] = []
        self.listening = True
        self._hear()
        self._listen()

    def _hear(self) -> None:
        """Remember each secret at its birth."""
        from okxlab.exchange import transport
        from okxlab.exchange.credentials import Secret
        from okxlab.paper.accounts.keys import ApiKey

        know, secret, key, sign = self.canaries.know, Secret.__init__, ApiKey.__init__, transport._signature

        @functools.wraps(secret)
        def secret_made(self, text):
            know(text)
            secret(self, text)

        @functools.wraps(key)
        def key_made(self, *args, **kwargs):
            key(self, *args, **kwargs)
            for part in (self.key, self.secret, self.passphrase):
                know(part)

        @functools.wraps(sign)
        def signed(*args):
            know(made := sign(*args))
            return made

        Secret.__init__, ApiKey.__init__, transport._signature = secret_made, key_made, signed
        self._overhear()

    def _overhear(self) -> None:
        """Remember what an exchange in another process tells of its keys when a test reads it."""
        loads = json.loads

        @functools.wraps(loads)
        def told(*args, **kwargs):
            value = loads(*args, **kwargs)
            if isinstance(value, dict) and "passphrase" in value:
                for name in ("api_key", "api_secret", "key", "secret", "passphrase", "control"):
                    self.canaries.know(str(value.get(name, "")))
            return value

        json.loads = told

    def _listen(self) -> None:
        """See every record of every logger, and let on only those that would have been logged anyway."""
        handle, root = logging.Logger.handle, logging.getLogger()

        @functools.wraps(handle)
        def heard(logger, record):
            if self.listening and (where := self.canaries.found(record.getMessage().encode(errors="replace"))):
                self.logged.append(f"{record.name} logs {where}")
            if logger.getEffectiveLevel() != _EVERYTHING or record.levelno >= logging.WARNING:
                handle(logger, record)

        logging.Logger.handle = heard
        root.setLevel(_EVERYTHING)
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)

    def pytest_runtest_logstart(self, location):
        """Leave alone what clients of others log and print."""
        self.listening = not location[0].startswith(FOREIGN)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self):
        """Fail a test that printed or logged a secret, or whose failure shows one."""
        report = yield
        said = "\n".join([*(text for _, text in report.sections), report.longreprtext])
        where = self.canaries.found(said.encode(errors="replace")) if self.listening else ""
        found = [*self.logged, *([f"the test's output holds {where}"] if where else [])]
        self.logged.clear()
        if found:
            report.sections = []
            report.outcome, report.longrepr = "failed", "a secret leaks: " + "; ".join(sorted(set(found)))
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item, nextitem):
        """When a file's last test is over and everything it shared has ended, look through what lies there."""
        done = yield
        if nextitem is None or nextitem.path != item.path:
            leaks = self.look(everything=nextitem is None)
            if leaks:
                pytest.fail("a secret leaks: " + "; ".join(leaks), pytrace=False)
        return done

    def look(self, *, everything: bool) -> list[str]:
        """Search the files that are new or changed: below the folders made since the last look, or everywhere."""
        made = self.config._tmp_path_factory.getbasetemp().glob("*")
        folders = {folder for folder in made if not folder.name.startswith(COPY)}
        files = [path for folder in (folders if everything else folders - self.over) for path in below(folder)]
        self.over |= folders
        stamps = {path: stamp(path) for path in files}
        changed = [path for path in files if self.read.get(path) != stamps[path]]
        self.read |= stamps
        owners = {path for path in changed if owns_keys(path)}
        for path in owners:
            for token in re.findall(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])", content(path)):
                if not token.lower().startswith(_CCXT):
                    self.canaries.know(token.decode())
        kept = [path for path in owners if path.name != ".env" and path.suffix != PLANTED]
        opened = [f"{path} is open to others" for path in kept if is_open(path)]
        held = [(path, self.canaries.found(content(path))) for path in changed if path not in owners]
        return opened + [f"{path} holds {where}" for path, where in held if where]


def below(place: Path) -> list[Path]:
    """Give the files in a folder and the folders in it, or the file itself; no links."""
    if place.is_symlink():
        return []
    found = [Path(folder, name) for folder, _, names in os.walk(place) for name in names] or [place]
    return [path for path in found if path.is_file() and not path.is_symlink()]


def is_open(path: Path) -> bool:
    """Whether other users may do anything with a file; one that has gone meanwhile is closed."""
    try:
        return path.stat().st_mode & 0o077 != 0
    except FileNotFoundError:
        return False


def stamp(path: Path) -> tuple[int, int]:
    """Tell one state of a file from another."""
    try:
        known = path.stat()
    except OSError:
        return (0, 0)
    return (known.st_mtime_ns, known.st_size)


def owns_keys(path: Path) -> bool:
    """Whether a file keeps keys: .env, where a paper exchange is told of, its database; or a test planted one there."""
    main = path.with_name(re.sub("-(wal|shm|journal)$", "", path.name))
    if path.name in OWNERS or path.suffix == PLANTED:
        return True
    return main.suffix in {".db", ".sqlite"} and any(
        b"TABLE keys" in content(part) for part in (main, main.with_name(f"{main.name}-wal"))
    )


def content(path: Path) -> bytes:
    """Give what a file says: gzip unpacked, of Parquet the texts in it."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST)
        if data[:2] == b"\x1f\x8b":
            return gzip.decompress(data)
        if data[:4] == b"PAR1":
            return parquet(path)  # the rest is packed
    except (OSError, EOFError, ValueError):
        return b""
    return data


def parquet(path: Path) -> bytes:
    """Give the texts in a Parquet file's columns and its metadata."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    try:
        schema = pq.read_schema(path)
        names = [field.name for field in schema if not pa.types.is_primitive(field.type)]
        return repr((schema.metadata, pq.read_table(path, columns=names).to_pydict() if names else "")).encode()
    except (pa.ArrowException, OSError):
        return b""


def pytest_configure(config: pytest.Config) -> None:
    """Watch in each process that runs tests."""
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        config.pluginmanager.register(Watch(config), "canaries")
