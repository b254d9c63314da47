"""WebSocket frames as a server sends them: whole and unmasked (RFC 6455)."""

from struct import Struct

_TEXT, _CLOSE = 0x81, 0x88
_MIDDLE, _LONG = Struct("!BBH").pack, Struct("!BBQ").pack


def text_frame(payload: bytes) -> bytes:
    r"""Give the frame of a text message.

    >>> text_frame(b"pong")
    b'\x81\x04pong'
    """
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 1 << 16:
        return _MIDDLE(_TEXT, 126, size) + payload
    return _LONG(_TEXT, 127, size) + payload


def close_frame(code: int, reason: str) -> bytes:
    """Give the frame that closes a connection."""
    payload = code.to_bytes(2, "big") + reason.encode()[:123]
    return bytes((_CLOSE, len(payload))) + payload
