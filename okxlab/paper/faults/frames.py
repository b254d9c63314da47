"""Faults of streams: frames lost, doubled, late, out of order or torn, and connections closed."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from okxlab.paper.faults.faults import Faults
from okxlab.paper.faults.rule import Occasion
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.outlet import Outlet


class Frames:
    """Stands before the outlet while a rule for frames is set, and only then.

    Parameters
    ----------
    faults
        The rules.
    outlet
        Where frames leave.
    """

    def __init__(self, faults: Faults, outlet: Outlet) -> None:
        self._faults = faults
        self._outlet = outlet
        self._held: WeakKeyDictionary[Connection, bytes] = WeakKeyDictionary()
        faults.on_change = self._stand

    def outgoing(self, connection: Connection, arg: Mapping[str, Any], payload: bytes) -> Sequence[bytes]:
        """Give what is sent now in place of a payload."""
        endpoint = str(arg.get("channel") or arg.get("op") or "")
        name = arg.get("instId")
        occasion = Occasion(endpoint, frozenset((name,)) if isinstance(name, str) else frozenset())
        rules = {rule.fault: rule for rule in self._faults.strike("stream", occasion)}
        waiting = [self._held.pop(connection)] if connection in self._held else []
        if waiting:
            self._stand()
        if "close" in rules:
            connection.shut(rules["close"].values["code"], "Closed on demand.")
            return ()
        if "drop_frame" in rules:
            return waiting
        if "cut_frame" in rules:
            payload = payload[: rules["cut_frame"].values["bytes"]]
        if "late_frame" in rules:
            seconds = rules["late_frame"].values["ms"] / 1000
            asyncio.get_running_loop().call_later(seconds, self._outlet.send, connection, payload)
            return waiting
        if "swap_frame" in rules and not waiting:
            self._held[connection] = payload
            self._stand()  # the rule may be spent, and what it held must still go out
            return waiting
        return [payload, *([payload] if "repeat_frame" in rules else []), *waiting]

    def _stand(self) -> None:
        self._outlet.outgoing = self.outgoing if self._faults.armed("stream") or self._held else None
