"""Places a log may lie in, opened through one door: a folder, and a PostgreSQL server of the tests' own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from okxlab.trading.journal import FileLog, Header, Log, PostgresLog, SystemDisk, read_log, read_postgres

HEADER = Header("demo", "www.okx.com", "43812", "grid-1")
AT = 1_764_000_000_000


class FilePlace:
    """A state folder that journals lie in as files."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self._opened: list[Log] = []

    @property
    def address(self) -> str:
        return str(self.state)

    @property
    def file(self) -> Path:
        return HEADER.place(self.state)

    def open(self, header: Header = HEADER, at: int = AT) -> Log:
        self._opened.append(FileLog.open(SystemDisk(header.place(self.state)), header, at=at))
        return self._opened[-1]

    def read(self) -> list[bytes]:
        return read_log(self.file)

    def break_lock(self) -> None:
        """Put a copy in the file's place, as somebody does who wants to be rid of its lock."""
        text = self.file.read_bytes()
        self.file.rename(self.file.with_suffix(".old"))
        self.file.touch(mode=0o600)
        self.file.write_bytes(text)

    def clear(self) -> None:
        self.close()
        self.file.unlink(missing_ok=True)

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()


class PostgresPlace:
    """A database that journals lie in."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opened: list[Log] = []

    def open(self, header: Header = HEADER, at: int = AT) -> Log:
        self._opened.append(PostgresLog.open(self.address, header, at=at))
        return self._opened[-1]

    def read(self) -> list[bytes]:
        return read_postgres(self.address, HEADER)

    def break_lock(self) -> None:
        """End the connections that hold a journal, as a server does that lost its network or started again."""
        self.ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")

    def ask(self, query: str, values=()) -> list[tuple]:
        """Do what an operator would do at the database's own prompt."""
        import psycopg

        with closing(psycopg.connect(self.address, autocommit=True)) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        self.close()
        if self.ask("SELECT to_regclass('okxlab_records') IS NOT NULL") == [(True,)]:
            self.ask("DELETE FROM okxlab_records; DELETE FROM okxlab_journals")

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()


class PostgresServer:
    """A PostgreSQL server in a folder of its own, reached through a socket in it; nothing listens on a port."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        program = shutil.which("initdb") or (str(found[-1]) if found else "")
        if not program:
            pytest.skip("PostgreSQL is not installed")
        self._programs = Path(program).parent
        self.folder = Path(tempfile.mkdtemp(prefix="okxlab-postgres-"))
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(self.folder, "postgres")
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.address = f"host={self.folder} user={self._user} dbname=postgres"
        # A durable server, whatever the machine's default: syncing is what the tests are about.
        self._run("initdb", "-D", self.folder / "data", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")

    def start(self, *options: str) -> None:
        told = " ".join((f"-k {self.folder}", "-c listen_addresses=", "-c shared_buffers=8MB", *options))
        self._run("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-o", told, "-w", "start")

    def stop(self, mode: str) -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-m", mode, "-w", "stop")

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def server():
    """Give a running PostgreSQL server that all tests of a worker share."""
    server = PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def folder(tmp_path):
    """Give a state folder that journals lie in as files."""
    place = FilePlace(tmp_path / "state")
    yield place
    place.close()


@pytest.fixture
def database(server):
    """Give a database that journals lie in, with none in it."""
    place = PostgresPlace(server.address)
    place.clear()
    yield place
    place.close()


@pytest.fixture(params=["folder", "database"])
def place(request):
    """Give each kind of place in turn."""
    return request.getfixturevalue(request.param)
