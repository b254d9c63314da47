"""The child that brings OKX's live prices to a paper exchange: ``python -m okxlab.market SNAPSHOT SYMBOLS``.

It writes the snapshot, says ``ready`` or in one line why not, reads the exchange's start line from standard input, and
pushes a candle a second until the exchange is gone.
"""

import contextlib
import sys
from pathlib import Path

from okxlab.clock import SystemClock
from okxlab.errors import OkxlabError, PaperError, Unreachable
from okxlab.exchange import Control, Session, connect, read_address
from okxlab.market.relay import relay, write_snapshot


def main(file: Path, symbols: list[str]) -> int:
    """Bring the prices of some symbols, and give the process's exit code."""
    try:
        session = connect("live")
        write_snapshot(session, symbols, file)
    except OkxlabError as error:
        _say(str(error))
        return 1
    _say("ready")
    _follow(session, symbols)
    return 0


def _follow(session: Session, symbols: list[str]) -> None:
    address = read_address(sys.stdin.readline().encode())
    if address is not None:
        with contextlib.suppress(PaperError, Unreachable):  # the exchange has ended
            relay(session, symbols, Control(address).push, SystemClock(), lambda: True)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2].split(",")))
