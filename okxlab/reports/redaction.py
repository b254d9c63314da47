"""Secrets: how they look, and how they are kept out of everything a report leaves behind."""

import html
import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(
    r"secret|passphrase|passwo?rd|passwd|token|credential|api_?key|private_?key|(?:^|_)keys?(?:_|$)", re.IGNORECASE
)
_SECRET_SHAPE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)
_SHORTEST = 8


def names_secret(name: str) -> bool:
    """Whether something of this name would hold a secret.

    >>> names_secret("api_key"), names_secret("OKX_PASSPHRASE"), names_secret("keyboard")
    (True, True, False)
    """
    return _SECRET_NAME.search(name) is not None


def shaped_like_key(text: str) -> bool:
    """Whether the text has the shape of an OKX API key (a UUID) or of its secret (32 hex digits).

    >>> shaped_like_key("0123456789ABCDEF0123456789ABCDEF"), shaped_like_key("BTC-USDT")
    (True, False)
    """
    return _SECRET_SHAPE.fullmatch(text.strip()) is not None


def environment_secrets(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Give the values of all variables whose names speak of secrets, longest first; short ones are no secrets."""
    source = os.environ if environment is None else environment
    found = {value for name, value in source.items() if names_secret(name) and len(value) >= _SHORTEST}
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


class Redactor:
    """Replaces known secrets, also where they were quoted, in text and in trees of JSON.

    >>> Redactor(["correct horse"]).text("it was correct horse")
    'it was [hidden]'
    """

    def __init__(self, known: tuple[str, ...] | list[str] | None = None) -> None:
        secrets = environment_secrets() if known is None else known
        spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
        ordered = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
        self._pattern = re.compile("|".join(re.escape(spelling) for spelling in ordered)) if ordered else None

    def text(self, text: str) -> str:
        """Give the text without its secrets."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)

    def finds(self, text: str) -> bool:
        """Whether the text holds a secret."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def tree(self, value: Any) -> Any:
        """Give a copy of a JSON-like value without secrets in any key or text; other values are kept."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.tree(key): self.tree(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.tree(item) for item in value]
        return value


def _spellings(secret: str) -> set[str]:
    return {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], html.escape(secret), quote(secret, safe="")}
