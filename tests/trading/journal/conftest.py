"""Places a log may lie in, opened through one door."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from okxlab.trading.journal import FileLog, Header, Log, SystemDisk

HEADER = Header("demo", "www.okx.com", "43812", "grid-1")
AT = 1_764_000_000_000


@dataclass
class FilePlace:
    """A state folder that journals lie in as files."""

    state: Path

    def open(self, header: Header = HEADER, at: int = AT) -> Log:
        return FileLog.open(SystemDisk(header.place(self.state)), header, at=at)

    @property
    def file(self) -> Path:
        return HEADER.place(self.state)


@pytest.fixture
def folder(tmp_path):
    """Give a state folder that journals lie in as files."""
    return FilePlace(tmp_path / "state")


@pytest.fixture(params=["file"])
def place(request):
    """Give each kind of place in turn."""
    return request.getfixturevalue({"file": "folder"}[request.param])
