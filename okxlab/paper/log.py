"""What happened, in order: one JSON line an event, without any stamp of the machine's clock."""

import json


class Log:
    """Events with sequence numbers and feed time; same seed, same orders, same steps: same bytes."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, event: str, feed: tuple[int, str], fields: dict[str, str]) -> None:
        """Note an event at a feed time (candle, point)."""
        entry = {"seq": len(self._lines) + 1, "candle": feed[0], "point": feed[1], "event": event, **fields}
        self._lines.append(json.dumps(entry, separators=(",", ":")) + "\n")

    def text(self) -> str:
        """Give all events, newline-delimited."""
        return "".join(self._lines)
