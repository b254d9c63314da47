"""Requests signed ahead of time, whole: what a load client sends is only bytes."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Signer:
    """A key, and where its requests go."""

    host: str
    key: str
    secret: str
    passphrase: str

    def now(self) -> "Stamped":
        """Give what signs for the next 30 seconds."""
        return Stamped(self, datetime.now(UTC).isoformat(timespec="milliseconds")[:23] + "Z")


class Stamped:
    """Signs requests with one timestamp."""

    def __init__(self, signer: Signer, stamp: str) -> None:
        self._stamp = stamp
        self._mac = hmac.new(signer.secret.encode(), digestmod=hashlib.sha256)
        self._head = (
            f"Host: {signer.host}\r\nContent-Type: application/json\r\nOK-ACCESS-KEY: {signer.key}\r\n"
            f"OK-ACCESS-PASSPHRASE: {signer.passphrase}\r\nOK-ACCESS-TIMESTAMP: {stamp}\r\n"
        )

    def post(self, path: str, value: object) -> bytes:
        """Give a whole POST request."""
        body = json.dumps(value, separators=(",", ":"))
        mac = self._mac.copy()
        mac.update(f"{self._stamp}POST{path}{body}".encode())
        sign = base64.b64encode(mac.digest()).decode()
        return (
            f"POST {path} HTTP/1.1\r\n{self._head}OK-ACCESS-SIGN: {sign}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
