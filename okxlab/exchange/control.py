"""Steering a paper exchange: its market moves when told."""

from dataclasses import dataclass
from typing import Any

import requests

from okxlab.errors import PaperError, Unreachable
from okxlab.exchange.local import Address


@dataclass(frozen=True, slots=True)
class Step:
    """Where the feed stands after a step.

    ``moved`` points were passed, ``fills`` happened, ``done`` once the last point is reached; ``candle_ms`` is the
    start of the candle the feed stands in.
    """

    moved: int
    fills: int
    done: bool
    candle_ms: int


class Control:
    """The control door of one paper exchange."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._http = requests.Session()
        self._http.trust_env = False

    def step(self, points: int = 1) -> Step:
        """Move the feed by so many points of the path."""
        return self._step({"points": points})

    def until_fill(self) -> Step:
        """Move the feed until something fills, or to its end."""
        return self._step({"until": "fill"})

    def push(self, candles: dict[str, list[str]]) -> None:
        """Hand candles of one moment to an exchange that follows live prices.

        Raises
        ------
        Unreachable, PaperError
            It does not answer, or does not take them.
        """
        self._answered("push", {"candles": candles})

    def close(self) -> None:
        """Close the connection; the exchange goes on."""
        self._http.close()

    def _step(self, body: dict[str, Any]) -> Step:
        row = self._answered("step", body).json()
        return Step(row["moved"], row["fills"], row["done"], row["candle"])

    def _answered(self, route: str, body: dict[str, Any]) -> requests.Response:
        answer = self._post(route, body)
        if isinstance(answer, str):
            raise Unreachable(
                f"The paper exchange at {self._address.rest} does not answer ({answer}).", "Start it again."
            )
        if answer.status_code != 200:
            raise PaperError(
                f"The paper exchange did not {route}: {answer.text[:200]}",
                "Start it with --stepped." if route == "step" else "Start it with --prices live.",
            )
        return answer

    def _post(self, route: str, body: dict[str, Any]) -> requests.Response | str:
        """Give the answer, or the name of what went wrong: no error that is raised has the token in its frames."""
        try:
            return self._http.post(
                f"{self._address.rest}/okxlab/{route}",
                json=body,
                headers={"X-Okxlab-Token": self._address.control.reveal()},
                timeout=120,
            )
        except requests.RequestException as error:
            return type(error).__name__
