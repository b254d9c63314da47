"""Where journals lie, as files in the workspace or in a PostgreSQL database, and opening and reading them there."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from okxlab.clock import Clock
from okxlab.errors import JournalError
from okxlab.exchange import Session
from okxlab.trading.journal.beside import FilesBeside
from okxlab.trading.journal.database_beside import DatabaseBeside
from okxlab.trading.journal.disk import SystemDisk
from okxlab.trading.journal.header import Header
from okxlab.trading.journal.log import FileLog, Log
from okxlab.trading.journal.postgres import PostgresLog, read_postgres, strategies_in
from okxlab.trading.journal.reader import read_log

Place = Path | str


def place_of(session: Session) -> Place:
    """Give where the journals of a session's account lie: the workspace's state folder, or a database (libpq's words).

    Those of paper lie in the workspace, as its exchange does.
    """
    settings = session.workspace.settings
    databases = {"demo": settings.demo.journal, "live": settings.live.journal}
    return databases.get(session.profile.name) or session.workspace.state


def keep_in_one_place(place: Place, state: Path, whose: Header) -> None:
    """Refuse to begin an account's journals anew in a database while some lie in the workspace, or the other way round.

    What is open or was lost would count no more, and a grid that rests would be launched a second time.

    Parameters
    ----------
    state
        The workspace's state folder, where it is kept that journals lie in a database.

    Raises
    ------
    JournalError
        When they would lie in two places, or that cannot be told.
    """
    files = state / "journal" / whose.profile / whose.account
    mark = state / f"journals-{whose.profile}-{whose.account}-in-database"
    try:
        if isinstance(place, Path):
            moved = "in a database, and the settings name none now" if mark.exists() else ""
        elif next(files.glob("*.journal"), None) is not None:
            moved, mark = "here as files, and the settings name a database now", files
        else:
            moved = ""
            mark.touch(mode=0o600)
    except OSError as error:
        raise JournalError(f"{mark} cannot be used ({error.strerror}).", "Make it writable to you alone.") from None
    if moved:
        raise JournalError(
            f"There are journals of account {whose.account} {moved}: what they have open and lost would count no more.",
            f"Set journal as it was; or stop the grids, cancel what rests, and move {mark} away.",
        )


def open_log(place: Place, whose: Header, clock: Clock) -> tuple[Log, FilesBeside | DatabaseBeside]:
    """Give a journal's log for writing, and the other journals of the account in the same place.

    Parameters
    ----------
    place
        See `place_of`.

    Raises
    ------
    JournalTaken
        When somebody else has it open.
    JournalError
        When it is damaged or somebody else's, or cannot be written.
    ConfigError
        When it lies in a database and psycopg is not installed.
    """
    if isinstance(place, Path):
        log = FileLog.open(SystemDisk(whose.place(place)), whose, at=clock.now_ms())
        return log, FilesBeside(place, whose, clock)
    base = PostgresLog.open(place, whose, at=clock.now_ms())
    return base, base.beside(whose, clock)


def readers(session: Session) -> dict[str, Callable[[], list[bytes]]]:
    """Give what reads each journal of a session's account, by strategy: its payloads, oldest first, beside its writer.

    Raises
    ------
    JournalError
        When the database cannot be reached.
    """
    place, profile, account = place_of(session), session.profile, session.account.uid
    if isinstance(place, Path):
        files = sorted((place / "journal" / profile.name / account).glob("*.journal"))
        return {file.stem: partial(read_log, file) for file in files}
    whose = partial(Header, profile.name, urlsplit(profile.rest).netloc, account)
    return {name: partial(read_postgres, place, whose(name)) for name in strategies_in(place, profile.name, account)}
