"""The journal under the order path: framed bytes that stand once they are told to, written by one process at a time."""

from okxlab.trading.journal.disk import Disk, SystemDisk
from okxlab.trading.journal.header import Header
from okxlab.trading.journal.log import FileLog, Log, read_log

__all__ = ["Disk", "FileLog", "Header", "Log", "SystemDisk", "read_log"]
