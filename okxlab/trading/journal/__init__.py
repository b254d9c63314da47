"""The journal under the order path: records that stand once they are told to, written by one process at a time."""

from okxlab.trading.journal.beside import FilesBeside
from okxlab.trading.journal.disk import Disk, SystemDisk
from okxlab.trading.journal.header import OPENED, Header
from okxlab.trading.journal.index import Index
from okxlab.trading.journal.journal import Journal
from okxlab.trading.journal.log import FileLog, Log
from okxlab.trading.journal.opening import Place, keep_in_one_place, open_log, place_of
from okxlab.trading.journal.postgres import PostgresLog, read_postgres
from okxlab.trading.journal.reader import read_log

__all__ = [
    "OPENED",
    "Disk",
    "FileLog",
    "FilesBeside",
    "Header",
    "Index",
    "Journal",
    "Log",
    "Place",
    "PostgresLog",
    "SystemDisk",
    "keep_in_one_place",
    "open_log",
    "place_of",
    "read_log",
    "read_postgres",
]
