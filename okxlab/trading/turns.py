"""One thread at a time: what is looked at must still hold when it is acted upon."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Shared(Protocol):
    """What several threads may have; whoever holds ``turn`` is alone."""

    @property
    def turn(self) -> AbstractContextManager[Any]:
        """The lock that it is had by."""


S = TypeVar("S", bound=Shared)


def alone(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Let a method run while its object's turn is held."""

    @wraps(method)
    def held(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.turn:
            return method(self, *args, **kwargs)

    return held
